#include "enclave/fs/ephemeral/ephemeral_node.h"

#include "enclave/fs/ephemeral/image_nodes.h"
#include "enclave/time/runtime_clock.h"

#include <dirent.h>

namespace farl {

namespace {

constinit std::atomic<uint64_t> next_inode { ImageNodes::kFirstOtherInode };

timespec now()
{
    auto ns = monotonic_ns() + realtime_offset_ns();
    return { static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000) };
}

void set_time(timespec& time, TimeValue const& value, timespec const& current)
{
    if (value.nanoseconds == UTIME_NOW)
        time = current;
    else if (value.nanoseconds != UTIME_OMIT)
        time = { value.seconds, value.nanoseconds };
}

Result<> take_attributes(EphemeralNode& node, formats::Fspf const& fspf, uint32_t number)
{
    auto const range = fspf.attributes_of(number);
    for (auto i = range.first; i < range.end; ++i) {
        auto const record = fspf.attribute(i);
        auto const text = fspf.text(record.value);
        EphemeralNode::Attribute attribute { TRY(String::from(fspf.text(record.name))), {} };
        TRY(attribute.value.append({ text.data(), text.size() }));
        TRY(node.attributes.push(std::move(attribute)));
    }
    return {};
}

} // namespace

Result<Ref<EphemeralNode>> EphemeralNode::create(uint64_t device, uint32_t mode, uint32_t uid, uint32_t gid)
{
    auto* node = new (std::nothrow) EphemeralNode(device, mode & S_IFMT, next_inode.fetch_add(1));
    if (!node)
        return Errno::Enospc;
    node->permissions = mode & 07777;
    node->uid = uid;
    node->gid = gid;
    node->links = node->is_directory() ? 2 : 1;
    node->accessed = node->modified = node->changed = now();
    return adopt_ref(*node);
}

Result<Ref<EphemeralNode>> EphemeralNode::create(ImageNodes& image, uint32_t number)
{
    auto const record = image.fspf().node(number);
    auto* created = new (std::nothrow) EphemeralNode(kImageDevice, record.mode & S_IFMT, ImageNodes::inode_of(number));
    if (!created)
        return Errno::Enomem;
    auto node = adopt_ref(*created);
    node->image_ = &image;
    node->image_node_ = number;
    node->knows_all_ = !S_ISDIR(record.mode);
    node->permissions = record.mode & 07777;
    node->uid = record.uid;
    node->gid = record.gid;
    node->links = record.links;
    node->accessed = node->modified =
        node->changed = { static_cast<time_t>(record.modified_s), static_cast<long>(record.modified_ns) };
    TRY(take_attributes(*node, image.fspf(), number));
    if (node->is_link())
        node->target = TRY(String::from(image.fspf().text(record.text)));
    if (node->is_regular())
        node->contents.start_with(record.size);
    return node;
}

Result<> EphemeralNode::provide_contents()
{
    LockGuard guard(lock);
    if (contents.wants_base())
        contents.set_base(TRY(image_->image().contents(image_node_)));
    return {};
}

Result<FileLocks*> EphemeralNode::provide_locks()
{
    LockGuard guard(lock);
    if (!locks.load())
        locks.store(new (std::nothrow) FileLocks);
    return locks.load() ? Result<FileLocks*>(locks.load()) : Errno::Enolck;
}

struct stat EphemeralNode::status() const
{
    struct stat status { };
    status.st_dev = device_;
    status.st_ino = inode_;
    status.st_mode = type_ | permissions;
    status.st_nlink = links;
    status.st_uid = uid;
    status.st_gid = gid;
    status.st_size = static_cast<off_t>(is_link() ? target.size() : is_directory() ? 40 : contents.size());
    status.st_blksize = EphemeralContents::kBlockSize;
    status.st_blocks = static_cast<blkcnt_t>(contents.allocated_bytes() / 512);
    status.st_atim = accessed;
    status.st_mtim = modified;
    status.st_ctim = changed;
    return status;
}

void EphemeralNode::note_change(bool of_contents)
{
    changed = now();
    if (of_contents)
        modified = changed;
}

void EphemeralNode::set_times(FileTimes const& times)
{
    changed = now();
    set_time(accessed, times.accessed, changed);
    set_time(modified, times.modified, changed);
}

size_t EphemeralNode::place_of(std::string_view name) const
{
    size_t begin = 0, end = children_.size();
    while (begin < end) {
        auto const middle = begin + (end - begin) / 2;
        if (children_[middle].name.view() < name)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

bool EphemeralNode::has(size_t place, std::string_view name) const
{
    return place < children_.size() && children_[place].name.view() == name;
}

Result<Ref<EphemeralNode>> EphemeralNode::child(std::string_view name)
{
    auto const place = place_of(name);
    if (has(place, name) && children_[place].node)
        return children_[place].node;
    uint32_t number = 0;
    if (has(place, name)) {
        number = children_[place].image_node;
    } else if (!knows_all_) {
        auto found = image_->fspf().find(image_->fspf().node(image_node_), name);
        if (found.is_error())
            return Ref<EphemeralNode> {};
        number = found.value();
    } else {
        return Ref<EphemeralNode> {};
    }
    auto node = TRY(image_->node(number));
    if (node->is_directory())
        node->parent = this;
    if (has(place, name))
        children_[place].node = node;
    else
        TRY(children_.insert(place, { TRY(String::from(name)), node, number }));
    return node;
}

// Before its entries change: what the image says of it holds no more.
Result<> EphemeralNode::know_all()
{
    if (knows_all_)
        return {};
    auto const& fspf = image_->fspf();
    auto const range = fspf.node(image_node_).entries;
    Vector<Entry> all;
    TRY(all.reserve(range.count));
    for (auto i = range.first; i < range.first + range.count; ++i) {
        auto const entry = fspf.entry(i);
        TRY(all.push({ TRY(String::from(fspf.text(entry.name))), nullptr, entry.node }));
    }
    for (size_t i = 0, known = 0; known < children_.size(); ++i) // both ascend
        if (all[i].name.view() == children_[known].name.view())
            all[i].node = std::move(children_[known++].node);
    children_ = std::move(all);
    knows_all_ = true;
    return {};
}

bool EphemeralNode::is_empty() const
{
    return knows_all_ ? children_.is_empty() : image_->fspf().node(image_node_).entries.count == 0;
}

Result<> EphemeralNode::add(std::string_view name, Ref<EphemeralNode> node)
{
    TRY(know_all());
    auto copy = TRY(String::from(name));
    auto* directory = node->is_directory() ? node.get() : nullptr;
    TRY(children_.insert(place_of(name), { std::move(copy), std::move(node) }));
    if (directory) {
        directory->parent = this;
        ++links;
    }
    note_change(true);
    return {};
}

Result<> EphemeralNode::replace(std::string_view name, Ref<EphemeralNode> node)
{
    TRY(know_all());
    auto& entry = children_[place_of(name)];
    ASSERT(entry.name.view() == name && entry.node);
    links += node->is_directory();
    links -= entry.node->is_directory();
    if (node->is_directory())
        node->parent = this;
    entry.node = std::move(node);
    note_change(true);
    return {};
}

Result<> EphemeralNode::remove(std::string_view name)
{
    TRY(know_all());
    auto const place = place_of(name);
    ASSERT(has(place, name) && children_[place].node);
    links -= children_[place].node->is_directory();
    children_.remove(place);
    note_change(true);
    return {};
}

Result<> EphemeralNode::list(DirectoryEntries& entries) const
{
    if (!knows_all_)
        return list_image(entries);
    for (auto const& entry : children_) {
        auto const inode = entry.node ? entry.node->inode() : ImageNodes::inode_of(entry.image_node);
        auto const type = entry.node ? entry.node->type() : image_->fspf().node(entry.image_node).mode;
        TRY(entries.push({ TRY(entry.name.copy()), inode, static_cast<uint8_t>(IFTODT(type)) }));
    }
    return {};
}

Result<> EphemeralNode::list_image(DirectoryEntries& entries) const
{
    auto const& fspf = image_->fspf();
    auto const range = fspf.node(image_node_).entries;
    for (auto i = range.first; i < range.first + range.count; ++i) {
        auto const entry = fspf.entry(i);
        TRY(entries.push({ TRY(String::from(fspf.text(entry.name))), ImageNodes::inode_of(entry.node),
            static_cast<uint8_t>(IFTODT(fspf.node(entry.node).mode)) }));
    }
    return {};
}

std::string_view EphemeralNode::name_of(EphemeralNode const& child) const
{
    for (auto const& entry : children_)
        if (entry.node.get() == &child)
            return entry.name.view();
    return {};
}

} // namespace farl
