#include "owner/volume/name_check.h"

#include <algorithm>
#include <dirent.h>
#include <fmt/format.h>
#include <set>
#include <sys/stat.h>

namespace farl::owner {

using namespace formats;

namespace {

bool is_directory(uint32_t mode) { return S_ISDIR(mode); }

} // namespace

void NameCheck::run()
{
    load_inodes();
    check_free_list();
    for (auto number = kRootInode; number < inodes_.size(); ++number) {
        if (is_directory(inodes_[number].mode))
            check_directory(number);
        if (inodes_[number].attributes)
            check_attributes(number);
    }
    for (auto number = kRootInode; number < inodes_.size(); ++number) {
        if (inodes_[number].mode)
            check_links(number);
        if (is_directory(inodes_[number].mode))
            check_root(number);
    }
}

// What of the table cannot be read is told by who looks at its blocks.
void NameCheck::load_inodes()
{
    inodes_.resize(store_.journal().inode_count);
    for (auto number = kRootInode; number < inodes_.size(); ++number) {
        try {
            auto const value = store_.inode(number);
            inodes_[number] = {
                .mode = value.mode, .links = value.links, .size = value.size, .attributes = value.attributes
            };
        } catch (StoreDamage const&) {
            inodes_[number].is_unknown = true;
            is_whole_ = false;
        }
    }
    for (auto number : { kRootInode, kOrphansInode }) {
        if (auto const* own = inode(number); is_whole_ && (!own || !is_directory(own->mode)))
            report_(fmt::format("inode {} is no directory, which it always is", number), number);
    }
}

void NameCheck::check_free_list()
{
    uint64_t listed = 0;
    for (auto number = store_.journal().free_inode; number; ++listed) {
        auto* free = inode(number);
        if (free && free->is_unknown)
            return;
        if (!free || number < kFirstFreeInode || free->mode || free->is_free)
            return report_(
                fmt::format("the list of free inodes leads to inode {}, which is not free, or is in it twice", number),
                number);
        free->is_free = true;
        number = free->size;
    }
    for (auto number = kFirstFreeInode; is_whole_ && number < inodes_.size(); ++number)
        if (!inodes_[number].mode && !inodes_[number].is_free)
            report_(fmt::format("inode {} is free, and not in the list of those", number), number);
}

void NameCheck::check_directory(uint64_t number)
{
    std::set<std::string, std::less<>> seen;
    auto const blocks = inodes_[number].size / kVolumeSlotSize;
    for (uint64_t index = 0; index < blocks; ++index) {
        std::optional<SlotData> block;
        try {
            block = store_.block(number, index);
        } catch (StoreDamage const&) { // told by who looks at all blocks
            is_whole_ = false;
            continue;
        }
        try {
            for (auto const& entry : block ? entries_in(*block) : std::vector<DirectoryEntry>()) {
                if (!seen.insert(entry.name).second)
                    report_(fmt::format("inode {}: the name {} is there twice", number, entry.name), number);
                take(number, entry);
            }
        } catch (StoreDamage const& damage) {
            report_(fmt::format("inode {}: block {}: {}", number, index, damage.what()), number);
            is_whole_ = false;
        }
    }
}

void NameCheck::take(uint64_t directory, DirectoryEntry const& entry)
{
    auto* named = inode(entry.inode);
    if (named && named->is_unknown)
        return;
    if (!named || entry.inode < kFirstFreeInode || !named->mode)
        return report_(
            fmt::format("inode {}: the name {} leads to inode {}, which is none", directory, entry.name, entry.inode),
            directory);
    if (entry.type != IFTODT(named->mode))
        report_(
            fmt::format("inode {}: the name {} is of another type than inode {}", directory, entry.name, entry.inode),
            directory);
    if (directory == kOrphansInode) {
        named->is_orphan = true;
        return;
    }
    if (named->name_count++ == 0) {
        named->parent = directory;
        named->name = entry.name;
    }
    inodes_[directory].directory_count += is_directory(named->mode);
}

void NameCheck::check_attributes(uint64_t number)
{
    auto* attributes = inode(inodes_[number].attributes);
    if (attributes && attributes->is_unknown)
        return;
    if (!attributes || !S_ISREG(attributes->mode) || attributes->is_attributes)
        return report_(
            fmt::format("inode {}: its extended attributes are no file, or another inode's, too", number), number);
    attributes->is_attributes = true;
}

void NameCheck::check_links(uint64_t number)
{
    auto const& own = inodes_[number];
    if (number == kOrphansInode || !is_whole_) // names may be missing
        return;
    bool const is_root = number == kRootInode;
    if (own.name_count + own.is_orphan + own.is_attributes + is_root == 0)
        return report_(fmt::format("inode {} has no name", number), number);
    if (own.is_attributes && own.name_count)
        return report_(
            fmt::format("inode {} has a name, and is the extended attributes of another one", number), number);
    if (is_directory(own.mode) && own.name_count + is_root > 1)
        return report_(fmt::format("inode {} is a directory with several names", number), number);
    auto const expected = own.is_attributes ? 1
        : own.is_orphan                     ? 0
        : is_directory(own.mode)            ? 2 + own.directory_count
                                            : own.name_count;
    if (own.links != expected)
        report_(fmt::format("inode {} says that it has {} links; it has {}", number, own.links, expected), number);
}

// Directories have one parent each, so whoever goes up comes to the root, or round.
void NameCheck::check_root(uint64_t number)
{
    auto at = number;
    for (size_t steps = 0; steps <= inodes_.size(); ++steps) {
        if (at == kRootInode || at == kOrphansInode || inodes_[at].parent == 0)
            return; // without a name: told already
        at = inodes_[at].parent;
    }
    report_(fmt::format("inode {} is a directory that is below itself", number), number);
}

std::string NameCheck::path_of(uint64_t number) const
{
    std::string path;
    for (size_t steps = 0; number < inodes_.size() && inodes_[number].parent && steps < PATH_MAX; ++steps) {
        path.insert(0, "/" + inodes_[number].name);
        number = inodes_[number].parent;
    }
    return number == kRootInode && path.empty() ? "/" : path;
}

uint64_t NameCheck::file_count() const
{
    return static_cast<uint64_t>(std::ranges::count_if(
        inodes_, [](Inode const& inode) { return inode.mode && !is_directory(inode.mode) && !inode.is_attributes; }));
}

uint64_t NameCheck::directory_count() const
{
    return static_cast<uint64_t>(std::ranges::count_if(inodes_, [](Inode const& inode) {
        return is_directory(inode.mode);
    })) - 1; // orphans
}

} // namespace farl::owner
