#include "enclave/process/mapping.h"

#include "enclave/hostcall/pages.h"
#include "enclave/process/code_patching.h"

namespace farl {

namespace {

// Contents of a fresh mapping of a file, then its protection.
Result<> fill(Process& process, uint64_t address, MapRequest const& request, File& file)
{
    AddressRange range { address, address + page_up(request.size) };
    TRY(host_pages().protect(range, kProtRead | kProtWrite));
    TRY(request.object->read(request.offset, address, range.size()));
    if (request.protection & kProtExec)
        patch_code(process, file, range, request.offset);
    if (request.protection != (kProtRead | kProtWrite))
        TRY(host_pages().protect(range, request.protection));
    return process.memory->set_resident(range);
}

Result<> write_back(Mapping const& mapping, AddressRange range)
{
    if (!(mapping.maximum_protection & kProtWrite))
        return {};
    return mapping.object->write_back(mapping.offset_of(range.start), range.start, range.size());
}

Result<> check_file_protection(File& file, MapRequest& request)
{
    auto type = request.flags & kMapTypeMask;
    if (!file.is_readable())
        return Errno::Eacces;
    if (type != kMapPrivate && !file.is_writable()) {
        if (request.protection & kProtWrite)
            return Errno::Eacces;
        request.maximum_protection &= static_cast<uint8_t>(~kProtWrite);
    }
    return {};
}

} // namespace

Result<uint64_t> map_memory(Process& process, MapRequest request, File* file)
{
    if (file) {
        TRY(check_file_protection(*file, request));
        request.object = TRY(file->mapping());
    }
    LockGuard guard(process.memory_lock);
    auto address = TRY(process.memory->map(request));
    if (!request.object)
        return address;
    auto filled = fill(process, address, request, *file);
    if (filled.is_error()) {
        (void)process.memory->unmap(address, request.size);
        return filled.error();
    }
    return address;
}

Result<uint64_t> remap_memory(Process& process, RemapRequest const& request)
{
    LockGuard guard(process.memory_lock);
    auto address = TRY(process.memory->remap(request));
    auto end = address + page_up(request.new_size);
    for (auto* mapping = process.memory->find(address); mapping && mapping->start() < end;
         mapping = AddressSpace::next(*mapping)) {
        if (mapping->resident || !mapping->object)
            continue;
        auto range = mapping->range.intersection({ address, end });
        TRY(host_pages().protect(range, kProtRead | kProtWrite));
        TRY(mapping->object->read(mapping->offset_of(range.start), range.start, range.size()));
        TRY(host_pages().protect(range, mapping->protection));
        TRY(process.memory->set_resident(range));
        mapping = process.memory->find(range.start); // set_resident may have merged
    }
    return address;
}

Result<> sync_memory(Process& process, uint64_t address, uint64_t size, int flags)
{
    LockGuard guard(process.memory_lock);
    return process.memory->sync(address, size, flags, write_back);
}

void write_back_everything(Process& process)
{
    auto bounds = process.memory->bounds();
    (void)process.memory->sync(bounds.start, bounds.size(), kMsyncSync, write_back);
}

} // namespace farl
