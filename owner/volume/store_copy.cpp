#include "owner/volume/store_copy.h"

#include "owner/volume/store_writer.h"

#include <algorithm>
#include <ctime>
#include <sys/stat.h>

namespace farl::owner {

using namespace formats;

namespace {

VolumeInode directory(uint32_t permissions)
{
    struct timespec now { };
    clock_gettime(CLOCK_REALTIME, &now);
    VolumeTime const time { now.tv_sec, static_cast<uint32_t>(now.tv_nsec), 0 };
    return {
        .mode = S_IFDIR | permissions, .links = 2, .accessed = time, .modified = time, .changed = time, .root = {}
    };
}

} // namespace

void make_empty_store(StoreFile& to, VolumeSeals const& seals)
{
    StoreWriter writer(to, seals, {});
    writer.add_inode(directory(0755)); // kRootInode
    writer.add_inode(directory(0700)); // kOrphansInode
    writer.finish(0);
}

void copy_store(StoreReader const& from, StoreFile& to, VolumeSeals const& seals, uint64_t seal_count,
    StoreProgress const& progress)
{
    Checkpoint last = from.checkpoint();
    last.sequence = from.state().sequence;
    std::ranges::copy(from.state().tag, last.chain);
    last.seals = seal_count;
    StoreWriter writer(to, seals, last);
    uint64_t done = 0;
    for (auto number = kRootInode; number < from.journal().inode_count; ++number) {
        from.for_each_block(number, [&](uint64_t index, BlockSeal const& seal) {
            writer.add_block(index, from.read({ number, 0, index }, seal));
            progress(++done, from.file().slot_count());
        });
        writer.add_inode(from.inode(number));
    }
    writer.finish(from.journal().free_inode);
}

uint64_t seal_count_of(StoreReader const& store)
{
    auto const& journal = store.journal();
    return store.checkpoint().seals + journal.slots.size() + journal.mapped.size() + journal.unfinished_blocks;
}

} // namespace farl::owner
