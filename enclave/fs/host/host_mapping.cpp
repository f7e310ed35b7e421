#include "enclave/fs/host/host_mapping.h"

#include <sys/sysmacros.h>

namespace farl {

Result<Ref<HostMapping>> HostMapping::create(HostFile& file)
{
    auto* mapping = new (std::nothrow) HostMapping(file);
    if (!mapping)
        return Errno::Enomem;
    return adopt_ref(*mapping);
}

Result<size_t> HostMapping::read(uint64_t offset, uint64_t address, size_t size)
{
    auto count = TRY(file_->read_at(offset, Sink(address, size)));
    if (auto rest = page_up(address + count) - (address + count); rest && count < size)
        TRY(Sink(address, size).fill_zero(count, rest < size - count ? rest : size - count));
    return count;
}

Result<> HostMapping::write_back(uint64_t offset, uint64_t address, size_t size)
{
    auto status = TRY(file_->status());
    auto end = static_cast<uint64_t>(status.st_size);
    if (offset >= end)
        return {};
    TRY(file_->write_at(offset, Source(address, size < end - offset ? size : end - offset)));
    return {};
}

MappedIdentity HostMapping::identity() const
{
    auto [device, inode] = key();
    return { gnu_dev_major(device), gnu_dev_minor(device), inode, file_->path() };
}

} // namespace farl
