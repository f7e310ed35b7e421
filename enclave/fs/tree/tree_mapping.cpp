#include "enclave/fs/tree/tree_mapping.h"

namespace farl {

Result<Ref<TreeMapping>> TreeMapping::create(Ref<TreeNode> node, std::string_view path)
{
    auto* mapping = new (std::nothrow) TreeMapping(std::move(node));
    if (!mapping)
        return Errno::Enomem;
    auto owned = adopt_ref(*mapping);
    owned->path_ = TRY(String::from(path));
    return owned;
}

Result<size_t> TreeMapping::read(uint64_t offset, uint64_t address, size_t size)
{
    LockGuard guard(node_->lock);
    auto count = TRY(reported(node_->contents->read(offset, Sink(address, size)), path_.view()));
    if (auto rest = page_up(address + count) - (address + count); rest && count < size)
        TRY(Sink(address, size).fill_zero(count, rest < size - count ? rest : size - count));
    return count;
}

Result<> TreeMapping::write_back(uint64_t offset, uint64_t address, size_t size)
{
    LockGuard guard(node_->lock);
    auto end = node_->contents->size();
    if (offset >= end)
        return {};
    Source const source(address, size < end - offset ? size : end - offset);
    (void)TRY(reported(node_->contents->write(offset, source), path_.view()));
    node_->note_change(true);
    return {};
}

MappedIdentity TreeMapping::identity() const
{
    return { 0, static_cast<uint32_t>(node_->device()), node_->inode(), path_.view() };
}

} // namespace farl
