#include "enclave/fs/volume/volume_directory.h"

namespace farl {

using namespace formats;

namespace {

constexpr size_t kRoom = sizeof(VolumeDirectoryBlock::entries);

size_t stored_size(size_t name_size) { return (sizeof(VolumeDirectoryEntry) + name_size + 7) / 8 * 8; }

// One entry after the other; `offset` is where the next one begins.
class EntryReader {
public:
    explicit EntryReader(std::span<std::byte const> block)
    {
        memcpy(&used_, block.data(), sizeof(used_));
        entries_ = block.subspan(offsetof(VolumeDirectoryBlock, entries));
    }

    size_t used() const { return used_; }
    size_t offset() const { return offset_; }
    bool is_at_end() const { return offset_ >= used_; }
    VolumeDirectoryEntry const& entry() const { return entry_; }
    std::string_view name() const { return name_; }

    Result<> next()
    {
        if (used_ > entries_.size() || used_ - offset_ < sizeof(entry_))
            return Errno::Ebadmsg;
        memcpy(&entry_, entries_.data() + offset_, sizeof(entry_));
        auto const size = stored_size(entry_.name_size);
        if (!entry_.name_size || size > used_ - offset_)
            return Errno::Ebadmsg;
        name_ = { reinterpret_cast<char const*>(entries_.data()) + offset_ + sizeof(entry_), entry_.name_size };
        offset_ += size;
        return {};
    }

private:
    uint16_t used_;
    size_t offset_ { 0 };
    std::span<std::byte const> entries_;
    VolumeDirectoryEntry entry_ {};
    std::string_view name_;
};

// Behind the entry with this name.
Result<EntryReader> find(std::span<std::byte const> block, std::string_view name)
{
    EntryReader reader(block);
    while (!reader.is_at_end()) {
        TRY(reader.next());
        if (reader.name() == name)
            return reader;
    }
    return Errno::Ebadmsg;
}

void set_used(SlotBytes block, size_t used)
{
    auto const value = static_cast<uint16_t>(used);
    memcpy(block.data(), &value, sizeof(value));
}

} // namespace

Result<> VolumeDirectory::read(VolumeStore& store, Vector<Name>& names)
{
    auto const count = TRY(store.inode(number_)).size / kVolumeSlotSize;
    TRY(room_.reserve(count));
    for (uint32_t index = 0; index < count; ++index) {
        auto block = TRY(store.read(number_, index, count - index));
        size_t used = 0;
        if (block) {
            EntryReader reader(block->bytes());
            for (used = reader.used(); !reader.is_at_end();) {
                TRY(reader.next());
                auto name = TRY(String::from(reader.name()));
                TRY(names.push({ std::move(name), reader.entry().inode, reader.entry().type, index }));
            }
        }
        TRY(room_.push(static_cast<uint16_t>(kRoom - used)));
    }
    return {};
}

Result<uint32_t> VolumeDirectory::block_with_room(VolumeStore& store, size_t wanted)
{
    constexpr size_t kLittle = 64;
    for (auto block = hint_; block < room_.size(); ++block) {
        if (room_[block] >= wanted)
            return static_cast<uint32_t>(block);
        if (block == hint_ && room_[block] < kLittle)
            ++hint_;
    }
    auto const block = room_.size();
    if (block >= UINT32_MAX)
        return Errno::Enospc;
    TRY(room_.push(static_cast<uint16_t>(kRoom)));
    auto grown = store.set_size(number_, (block + 1) * kVolumeSlotSize);
    if (grown.is_error()) {
        room_.pop();
        return grown.error();
    }
    return static_cast<uint32_t>(block);
}

Result<uint32_t> VolumeDirectory::add(VolumeStore& store, std::string_view name, uint64_t inode, uint8_t type)
{
    auto const size = stored_size(name.size());
    auto const index = TRY(block_with_room(store, size));
    auto block = TRY(store.change_block(number_, index));
    auto const used = kRoom - room_[index];
    VolumeDirectoryEntry const entry {
        .inode = inode,
        .type = type,
        .name_size = static_cast<uint8_t>(name.size()),
        .reserved = 0,
        .more_reserved = 0,
    };
    auto* place = block.data() + offsetof(VolumeDirectoryBlock, entries) + used;
    memset(place, 0, size);
    memcpy(place, &entry, sizeof(entry));
    memcpy(place + sizeof(entry), name.data(), name.size());
    set_used(block, used + size);
    room_[index] = static_cast<uint16_t>(room_[index] - size);
    return index;
}

Result<> VolumeDirectory::remove(VolumeStore& store, uint32_t index, std::string_view name)
{
    auto block = TRY(store.change_block(number_, index));
    auto const found = TRY(find(block, name));
    auto const size = stored_size(name.size());
    auto* entries = block.data() + offsetof(VolumeDirectoryBlock, entries);
    memmove(entries + found.offset() - size, entries + found.offset(), found.used() - found.offset());
    memset(entries + found.used() - size, 0, size);
    set_used(block, found.used() - size);
    room_[index] = static_cast<uint16_t>(room_[index] + size);
    hint_ = index < hint_ ? index : hint_;
    return {};
}

Result<> VolumeDirectory::replace(
    VolumeStore& store, uint32_t index, std::string_view name, uint64_t inode, uint8_t type)
{
    auto block = TRY(store.change_block(number_, index));
    auto const found = TRY(find(block, name));
    auto entry = found.entry();
    entry.inode = inode;
    entry.type = type;
    auto* entries = block.data() + offsetof(VolumeDirectoryBlock, entries);
    memcpy(entries + found.offset() - stored_size(name.size()), &entry, sizeof(entry));
    return {};
}

} // namespace farl
