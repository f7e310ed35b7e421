#include "enclave/fs/ephemeral/ephemeral_mapping.h"

namespace farl {

Result<Ref<EphemeralMapping>> EphemeralMapping::create(Ref<EphemeralNode> node, std::string_view path)
{
    auto* mapping = new (std::nothrow) EphemeralMapping(std::move(node));
    if (!mapping)
        return Errno::Enomem;
    auto owned = adopt_ref(*mapping);
    owned->path_ = TRY(String::from(path));
    return owned;
}

Result<size_t> EphemeralMapping::read(uint64_t offset, uint64_t address, size_t size)
{
    LockGuard guard(node_->lock);
    auto count = TRY(node_->contents.read(offset, Sink(address, size)));
    if (auto rest = page_up(address + count) - (address + count); rest && count < size)
        TRY(Sink(address, size).fill_zero(count, rest < size - count ? rest : size - count));
    return count;
}

Result<> EphemeralMapping::write_back(uint64_t offset, uint64_t address, size_t size)
{
    LockGuard guard(node_->lock);
    auto end = node_->contents.size();
    if (offset >= end)
        return {};
    (void)TRY(node_->contents.write(offset, Source(address, size < end - offset ? size : end - offset)));
    node_->note_change(true);
    return {};
}

MappedIdentity EphemeralMapping::identity() const
{
    return { 0, static_cast<uint32_t>(node_->device()), node_->inode(), path_.view() };
}

} // namespace farl
