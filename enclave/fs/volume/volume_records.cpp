#include "enclave/fs/volume/volume_records.h"

#include <sys/stat.h>

namespace farl {

using namespace formats;

namespace {

constexpr uint64_t kMostText = 16 << 20;

size_t stored_size(VolumeAttribute const& attribute)
{
    return (sizeof(attribute) + attribute.name_size + attribute.value_size + 7) / 8 * 8;
}

Result<> append(String& text, Vector<TreeNode::Attribute> const& attributes)
{
    for (auto const& attribute : attributes) {
        VolumeAttribute const header { static_cast<uint32_t>(attribute.value.size()),
            static_cast<uint16_t>(attribute.name.size()), 0 };
        auto const end = text.size() + stored_size(header);
        TRY(text.append({ reinterpret_cast<char const*>(&header), sizeof(header) }));
        TRY(text.append(attribute.name));
        TRY(text.append({ attribute.value.data(), attribute.value.size() }));
        while (text.size() < end)
            TRY(text.append('\0'));
    }
    return {};
}

} // namespace

Result<String> read_text(VolumeStore& store, uint64_t number)
{
    auto const size = TRY(store.inode(number)).size;
    if (size > kMostText)
        return Errno::Ebadmsg;
    String text;
    TRY(text.reserve(size));
    for (uint64_t at = 0; at < size; at += kVolumeSlotSize) {
        auto const block = TRY(store.read(number, at / kVolumeSlotSize));
        auto const length = size - at < kVolumeSlotSize ? size - at : kVolumeSlotSize;
        if (!block)
            return Errno::Ebadmsg;
        TRY(text.append({ reinterpret_cast<char const*>(block->bytes().data()), length }));
    }
    return text;
}

Result<> write_text(VolumeStore& store, uint64_t number, std::string_view text)
{
    TRY(store.truncate(number, 0));
    for (uint64_t at = 0; at < text.size(); at += kVolumeSlotSize) {
        auto const piece = text.substr(at, kVolumeSlotSize);
        memcpy(TRY(store.change_block(number, at / kVolumeSlotSize)).data(), piece.data(), piece.size());
    }
    return store.set_size(number, text.size());
}

Result<> read_attributes(VolumeStore& store, uint64_t inode, Vector<TreeNode::Attribute>& attributes)
{
    auto const text = TRY(read_text(store, inode));
    for (auto rest = text.view(); !rest.empty();) {
        VolumeAttribute header;
        if (rest.size() < sizeof(header))
            return Errno::Ebadmsg;
        memcpy(&header, rest.data(), sizeof(header));
        if (rest.size() < stored_size(header))
            return Errno::Ebadmsg;
        auto const value = rest.substr(sizeof(header) + header.name_size, header.value_size);
        TreeNode::Attribute attribute { TRY(String::from(rest.substr(sizeof(header), header.name_size))), {} };
        TRY(attribute.value.append({ value.data(), value.size() }));
        TRY(attributes.push(std::move(attribute)));
        rest.remove_prefix(stored_size(header));
    }
    return {};
}

Result<> write_attributes(VolumeStore& store, uint64_t& inode, Vector<TreeNode::Attribute> const& attributes)
{
    if (attributes.is_empty()) {
        if (inode)
            TRY(store.remove_inode(inode));
        inode = 0;
        return {};
    }
    String text;
    TRY(append(text, attributes));
    if (!inode)
        inode = TRY(store.create_inode({ .mode = S_IFREG | 0600, .links = 1 }));
    else if (TRY(read_text(store, inode)).view() == text.view())
        return {};
    return write_text(store, inode, text.view());
}

} // namespace farl
