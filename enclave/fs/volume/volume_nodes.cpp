#include "enclave/fs/volume/volume_nodes.h"

#include "base/format.h"
#include "enclave/fs/volume/volume_contents.h"
#include "enclave/fs/volume/volume_records.h"

#include <algorithm>
#include <dirent.h>

namespace farl {

using namespace formats;

namespace {

constexpr uint64_t kNameSize = 32; // in memory, as a rule

// Of an orphan: its number.
struct OrphanName {
    char buffer[17];
    size_t size;
    std::string_view view() const { return { buffer, size }; }
};

OrphanName orphan_name(uint64_t inode)
{
    OrphanName name;
    Formatter text(name.buffer);
    text.hex(inode, 16);
    name.size = text.view().size();
    return name;
}

} // namespace

Result<Owned<VolumeNodes>> VolumeNodes::create(
    std::string_view path, uint64_t device, Owned<VolumeStore> store, VolumeKeeper& keeper)
{
    auto* created = new (std::nothrow) VolumeNodes(path, device, std::move(store), keeper);
    if (!created)
        return Errno::Enomem;
    Owned<VolumeNodes> nodes(created);
    TRY(nodes->remove_orphans());
    nodes->warn_of_seals();
    return nodes;
}

Result<> VolumeNodes::remove_orphans()
{
    Vector<VolumeDirectory::Name> names;
    TRY(orphans_.read(*store_, names));
    for (auto const& name : names) {
        auto const inode = TRY(store_->inode(name.inode));
        if (inode.attributes)
            TRY(store_->remove_inode(inode.attributes));
        TRY(store_->remove_inode(name.inode));
        TRY(orphans_.remove(*store_, name.block, name.name.view()));
    }
    return {};
}

struct statfs VolumeNodes::status()
{
    constexpr long kExt4Magic = 0xef53;
    auto const used = with_store([](VolumeStore& store) { return store.used_slots(); });
    struct statfs status { };
    status.f_type = kExt4Magic;
    status.f_bsize = status.f_frsize = kVolumeSlotSize;
    status.f_namelen = 255;
    status.f_blocks = kMostVolumeBlocks;
    status.f_bfree = status.f_bavail = kMostVolumeBlocks - used;
    return status;
}

Result<Ref<VolumeNode>> VolumeNodes::make(uint64_t inode, uint32_t type, uint64_t size, bool is_new)
{
    TreeNode::Identity const identity { device_, inode, type };
    Owned<NodeContents> contents; // first: a node that goes before it has links goes from the volume, too
    if (S_ISREG(type))
        contents = TRY(make_owned<VolumeContents>(*this, inode, size));
    auto node = TRY(make_ref<VolumeNode>(*this, identity, is_new));
    node->contents = std::move(contents);
    return node;
}

Result<Ref<TreeNode>> VolumeNodes::create(uint32_t mode, uint32_t uid, uint32_t gid)
{
    VolumeInode const record { .mode = mode, .uid = uid, .gid = gid, .links = S_ISDIR(mode) ? 2u : 1u };
    auto inode = TRY(with_store([&](VolumeStore& store) { return store.create_inode(record); }));
    auto node = make(inode, mode & S_IFMT, 0, true);
    if (node.is_error()) {
        (void)with_store([&](VolumeStore& store) { return store.remove_inode(inode); });
        return node.error();
    }
    node.value()->begin(mode, uid, gid);
    node_changed(*node.value());
    return Ref<TreeNode>(node.release_value());
}

Result<Ref<VolumeNode>> VolumeNodes::load(uint64_t inode, VolumeInode const& record)
{
    auto node = TRY(make(inode, record.mode & S_IFMT, record.size, false));
    node->links = 1; // it is not removed if anything fails
    LockGuard guard(store_lock_);
    if (node->is_link())
        node->target = TRY(read_text(*store_, inode));
    if (record.attributes)
        TRY(read_attributes(*store_, record.attributes, node->attributes));
    node->take(record);
    return node;
}

// Of what has no name yet.
Errno VolumeNodes::report(Errno error, uint64_t inode) const
{
    char text[64];
    Formatter name(text);
    name << "inode " << inode << " of the volume at ";
    String path;
    bool is_named = path.append(name.view()).is_ok() && path.append(path_).is_ok();
    return report_damage(error, is_named ? path.view() : path_);
}

// The directories that a node is in remember it, so it is enough to remember the ones with several names.
Result<Ref<TreeNode>> VolumeNodes::node(uint64_t inode)
{
    auto found = find(inode);
    if (found.is_error())
        return report(found.error(), inode);
    return found.release_value();
}

Result<Ref<TreeNode>> VolumeNodes::find(uint64_t inode)
{
    LockGuard guard(shared_lock_);
    if (is_shared(inode))
        return shared_[place_of_shared(inode)].node;
    auto const record = TRY(with_store([&](VolumeStore& store) { return store.inode(inode); }));
    Ref<TreeNode> node = TRY(load(inode, record));
    if (!node->is_directory() && record.links != 1)
        TRY(shared_.insert(place_of_shared(inode), { inode, node }));
    return node;
}

Result<> VolumeNodes::read_entries(TreeNode const& directory, Vector<TreeNode::Entry>& all)
{
    auto& node = own(const_cast<TreeNode&>(directory)); // it learns where there is room
    Vector<VolumeDirectory::Name> names;
    auto const read = with_store([&](VolumeStore& store) { return node.names.read(store, names); });
    if (read.is_error())
        return report(read.error(), node.inode());
    std::sort(names.begin(), names.end(), [](auto const& a, auto const& b) { return a.name.view() < b.name.view(); });
    TRY(all.reserve(names.size()));
    note_memory(node, node.memory + names.size() * (sizeof(TreeNode::Entry) + kNameSize));
    for (auto& name : names)
        TRY(all.push(
            { std::move(name.name), nullptr, name.inode, static_cast<uint32_t>(DTTOIF(name.type)), name.block }));
    return {};
}

Result<> VolumeNodes::add_entry(TreeNode& directory, TreeNode::Entry& entry)
{
    auto const type = static_cast<uint8_t>(IFTODT(entry.type));
    entry.place = TRY(with_store(
        [&](VolumeStore& store) { return own(directory).names.add(store, entry.name.view(), entry.inode, type); }));
    return {};
}

Result<> VolumeNodes::remove_entry(TreeNode& directory, TreeNode::Entry const& entry)
{
    return with_store(
        [&](VolumeStore& store) { return own(directory).names.remove(store, entry.place, entry.name.view()); });
}

Result<> VolumeNodes::replace_entry(TreeNode& directory, TreeNode::Entry const& entry, TreeNode& node)
{
    auto const type = static_cast<uint8_t>(IFTODT(node.type()));
    return with_store([&](VolumeStore& store) {
        return own(directory).names.replace(store, entry.place, entry.name.view(), node.inode(), type);
    });
}

// As long as it is open without a name, the volume remembers to remove it after a crash. If that fails, the worst that
// can come of it is space that is not given back.
void VolumeNodes::names_changed(TreeNode& changed)
{
    auto& node = own(changed);
    bool has_none = node.links == 0;
    if (has_none)
        forget_shared(node.inode());
    if (has_none == node.is_orphan)
        return;
    auto const name = orphan_name(node.inode());
    LockGuard guard(store_lock_);
    if (has_none) {
        auto added = orphans_.add(*store_, name.view(), node.inode(), static_cast<uint8_t>(IFTODT(node.type())));
        node.is_orphan = added.is_ok();
        node.orphan_block = added ? added.value() : 0;
    } else {
        node.is_orphan = orphans_.remove(*store_, node.orphan_block, name.view()).is_error();
    }
}

void VolumeNodes::remove(VolumeNode& node)
{
    LockGuard guard(store_lock_);
    if (node.attributes_inode)
        (void)store_->remove_inode(node.attributes_inode);
    (void)store_->remove_inode(node.inode());
    if (node.is_orphan)
        (void)orphans_.remove(*store_, node.orphan_block, orphan_name(node.inode()).view());
}

} // namespace farl
