// The readers of volumes' stores at the owner's side: whole stores as a host may give them back, and what is below the
// seals, as only a broken enclave could write it.
#include "tests/fuzz/parsers/targets.h"

#include "owner/volume/name_check.h"
#include "owner/volume/store_writer.h"

#include <sys/mman.h>
#include <unistd.h>

namespace farl::fuzz {

namespace {

using namespace formats;
using owner::SlotData;

// A store in memory.
class MemoryStore {
public:
    explicit MemoryStore(Bytes const& contents = {}) : file_(memfd_create("farl-fuzz-volume", MFD_CLOEXEC))
    {
        if (write(file_, contents.data(), contents.size()) != static_cast<ssize_t>(contents.size()))
            __builtin_trap();
    }
    MemoryStore(MemoryStore const&) = delete;
    ~MemoryStore() { close(file_); }

    owner::StoreFile open() const { return owner::StoreFile::open("/proc/self/fd/" + std::to_string(file_)); }

private:
    int file_;
};

owner::VolumeSeals const& seals()
{
    static owner::VolumeSeals const kSeals(owner::Secret(std::string(owner::kVolumeKeySize, 'k')), {});
    return kSeals;
}

SlotData directory_of_one()
{
    constexpr std::string_view kName = "name";
    VolumeDirectoryEntry const entry { 4, 8, kName.size(), 0, 0 };
    VolumeDirectoryBlock block {};
    block.used = 24;
    std::memcpy(block.entries, &entry, sizeof(entry));
    std::memcpy(block.entries + sizeof(entry), kName.data(), kName.size());
    SlotData bytes;
    std::memcpy(bytes.data(), &block, bytes.size());
    return bytes;
}

Bytes all_of(owner::StoreFile const& file)
{
    Bytes bytes;
    for (uint32_t slot = 0; slot < file.slot_count(); ++slot) {
        auto const contents = file.read(slot);
        bytes.insert(bytes.end(), contents.begin(), contents.end());
    }
    return bytes;
}

Bytes sample_store()
{
    MemoryStore store;
    auto file = store.open();
    owner::StoreWriter writer(file, seals(), {});
    writer.add_block(0, directory_of_one());
    writer.add_inode({ .mode = 0040755, .links = 2, .size = kVolumeSlotSize, .root = {} });
    writer.add_inode({ .mode = 0040700, .links = 2, .root = {} });
    for (uint64_t index : { 0, 200 })
        writer.add_block(index, {});
    writer.add_inode({ .mode = 0100644, .links = 1, .size = 5, .root = {} });
    writer.finish(0);
    return all_of(file);
}

// All that `farl volume check` does. Whether nothing is wrong.
bool is_sound(owner::StoreFile const& file)
{
    try {
        size_t defects = 0;
        owner::StoreReader const store(file, seals());
        owner::DamageReport const report = [&](std::string const& what, uint64_t) {
            defects += 1;
            if (what.empty() || what.find('\n') != what.npos)
                __builtin_trap();
        };
        owner::NameCheck(store, report).run();
        owner::SlotCheck(store, report, [](uint64_t, uint64_t) {}).run();
        return defects == 0;
    } catch (owner::StoreDamage const&) {
        return false;
    }
}

bool read_store(Bytes const& input)
{
    MemoryStore const store(input);
    auto const file = store.open();
    return owner::StoreReader::id_of(file) && is_sound(file);
}

Bytes sample_directory()
{
    auto const block = directory_of_one();
    return { block.begin(), block.begin() + 64 };
}

bool read_directory(Bytes const& input)
{
    SlotData block {};
    std::copy_n(input.begin(), std::min(input.size(), block.size()), block.begin());
    try {
        for (auto const& entry : owner::entries_in(block))
            if (entry.name.empty() || entry.name.size() > 255 || entry.name.find('/') != entry.name.npos)
                __builtin_trap();
        return true;
    } catch (owner::StoreDamage const&) {
        return false;
    }
}

constexpr Target kTargets[] {
    { "volume-store", sample_store, read_store },
    { "volume-directory", sample_directory, read_directory },
};

} // namespace

std::span<Target const> volume_targets() { return kTargets; }

} // namespace farl::fuzz
