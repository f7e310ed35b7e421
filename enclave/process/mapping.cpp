#include "enclave/process/mapping.h"

#include "base/checked.h"
#include "enclave/hostcall/pages.h"
#include "enclave/process/code_patching.h"
#include "enclave/process/shared_views.h"

namespace farl {

namespace {

// What is filled when it is mapped. A program chooses any size, up to all addresses: more comes as it is used.
constexpr uint64_t kMostAtOnce = 16 * 1024 * 1024;
constexpr uint64_t kMostCodeAtOnce = 1024 * 1024 * 1024; // only what is filled at once is patched

// Contents of a fresh mapping of a file as far as the file reaches, then its protection. Nobody knows the address yet.
Result<> fill(Process& process, uint64_t address, MapRequest const& request, File& file)
{
    AddressRange range { address, address + page_up(request.size) };
    TRY(enclave_pages().protect(range, kProtRead | kProtWrite));
    TRY(enclave_pages().accept(range, kProtRead | kProtWrite));
    auto count = TRY(request.object->read(request.offset, address, range.size()));
    AddressRange filled { address, address + page_up(count) };
    if (filled.end < range.end)
        TRY(enclave_pages().release({ filled.end, range.end }));
    if (filled.is_empty())
        return {};
    if (request.protection & kProtExec)
        patch_code(process, file, filled, request.offset);
    if (request.protection != (kProtRead | kProtWrite))
        TRY(enclave_pages().protect(filled, request.protection));
    return process.memory->set_resident(filled);
}

bool is_shared(MapRequest const& request) { return (request.flags & kMapTypeMask) != kMapPrivate; }

// What other views have, and large data, comes page by page as it is used.
bool fills_at_once(MapRequest const& request)
{
    auto size = page_up(request.size);
    if (is_shared(request))
        return request.flags & kMapPopulate && size <= kMostAtOnce;
    return size <= (request.protection & kProtExec ? kMostCodeAtOnce : kMostAtOnce);
}

// A small file that is only read, and in no other view: servers map one for each answer, and read all of it.
bool is_only_reader(Process& process, MapRequest const& request)
{
    constexpr uint64_t kMost = 64 * 1024;
    return request.protection == kProtRead && page_up(request.size) <= kMost
        && process.memory->most_shared(request.object->key()) == 1;
}

// mmap(2) does not fail because of what could not be filled ahead.
void fill_ahead(Process& process, AddressRange range, MapRequest const& request, File& file)
{
    if (is_only_reader(process, request)) {
        if (fill(process, range.start, request, file).is_error())
            (void)enclave_pages().release(range);
    } else if (fills_at_once(request)) {
        (void)fill_range(process, range);
    }
}

Result<> fill_some(Process& process, uint64_t address, MapRequest const& request, File& file)
{
    if (is_shared(request) || !fills_at_once(request))
        expect_absent_pages(process);
    AddressRange range { address, address + page_up(request.size) };
    if (is_shared(request)) {
        fill_ahead(process, range, request, file);
        return {};
    }
    TRY(store_views(process, request.object->key(), request.offset, range.size()));
    return fills_at_once(request) ? fill(process, address, request, file) : Result<> {};
}

// A program without other absent pages pays for new ones at once, unless they are many.
Result<> fill_or_expect(Process& process, AddressRange range)
{
    if (range.size() > kMostAtOnce)
        expect_absent_pages(process);
    if (process.has_absent_pages.load(std::memory_order_relaxed))
        return {};
    return fill_range(process, range);
}

Result<> write_back(Mapping const& mapping, AddressRange range)
{
    if (!mapping.allows(kProtWrite))
        return {}; // stored when it lost that
    return mapping.object->write_back(mapping.offset_of(range.start), range.start, range.size());
}

Result<> check_file_protection(File& file, MapRequest& request)
{
    if (!file.is_readable())
        return Errno::Eacces;
    if (is_shared(request) && !file.is_writable()) {
        if (request.protection & kProtWrite)
            return Errno::Eacces;
        request.maximum_protection &= static_cast<uint8_t>(~kProtWrite);
    }
    return {};
}

// Before something else takes the place of these pages.
void store_range(Process& process, uint64_t address, uint64_t size)
{
    if (process.has_absent_pages.load(std::memory_order_relaxed))
        (void)process.memory->sync(address, size, kMsyncSync, write_back);
}

template <typename Body>
Result<> for_each_view(Process& process, AddressRange range, Body&& body)
{
    auto const* mapping = process.memory->first_ending_after(range.start);
    for (; mapping && mapping->start() < range.end; mapping = AddressSpace::next(*mapping))
        if (mapping->object && mapping->is_shared() && mapping->resident)
            TRY(body(*mapping, mapping->range.intersection(range)));
    return {};
}

// Before these pages lose the permission to be written: nobody stores them later.
Result<> stop_writing(Process& process, AddressRange range)
{
    return for_each_view(process, range, [](Mapping const& view, AddressRange part) -> Result<> {
        if (!view.allows(kProtWrite))
            return {};
        auto stopped = enclave_pages().protect(part, kProtRead);
        if (stopped.is_error()) {
            (void)enclave_pages().protect(part, view.protection);
            return stopped;
        }
        return write_back(view, part);
    });
}

// These pages may be written now: no other view keeps them.
Result<> claim_written(Process& process, AddressRange range)
{
    return for_each_view(process, range,
        [&](Mapping const& view, AddressRange part) -> Result<> { return take_from_other_views(process, view, part); });
}

} // namespace

Result<uint64_t> map_memory(Process& process, MapRequest request, File* file)
{
    if (file) {
        auto end = checked_add(request.offset, page_up(request.size));
        if (end.is_error() || request.offset > INT64_MAX)
            return Errno::Eoverflow;
        auto type = request.flags & kMapTypeMask;
        if (type != kMapPrivate && type != kMapShared && type != kMapSharedValidate)
            return Errno::Einval;
        TRY(check_file_protection(*file, request));
        request.object = TRY(file->mapping());
    }
    LockGuard guard(process.memory_lock);
    if (request.flags & kMapFixed)
        store_range(process, request.address, request.size);
    auto address = TRY(process.memory->map(request));
    if (!request.object)
        return address;
    auto filled = fill_some(process, address, request, *file);
    if (filled.is_error()) {
        (void)process.memory->unmap(address, request.size);
        return filled.error();
    }
    return address;
}

Result<> unmap_memory(Process& process, uint64_t address, uint64_t size)
{
    LockGuard guard(process.memory_lock);
    store_range(process, address, size);
    return process.memory->unmap(address, size);
}

Result<uint64_t> remap_memory(Process& process, RemapRequest const& request)
{
    LockGuard guard(process.memory_lock);
    store_range(process, request.address, request.old_size);
    if (request.flags & kMremapFixed)
        store_range(process, request.new_address, request.new_size);
    auto address = TRY(process.memory->remap(request));
    TRY(fill_or_expect(process, { address, address + page_up(request.new_size) }));
    return address;
}

Result<> protect_memory(Process& process, uint64_t address, uint64_t size, int protection)
{
    LockGuard guard(process.memory_lock);
    auto& memory = *process.memory;
    if (!process.has_absent_pages.load(std::memory_order_relaxed))
        return memory.protect(address, size, protection);
    if (!(protection & kProtWrite))
        TRY(stop_writing(process, { address, address + page_up(size) }));
    auto result = memory.protect(address, size, protection);
    if (result.is_error()) // what was not reached stays as the books have it
        (void)for_each_view(process, { address, address + page_up(size) },
            [](Mapping const& view, AddressRange part) { return enclave_pages().protect(part, view.protection); });
    if (protection & kProtWrite)
        TRY(claim_written(process, { address, address + page_up(size) }));
    return result;
}

Result<> advise_memory(Process& process, uint64_t address, uint64_t size, int advice)
{
    LockGuard guard(process.memory_lock);
    auto result = process.memory->advise(address, size, advice);
    if (advice == kMadvDontNeed)
        TRY(fill_or_expect(process, { address, address + page_up(size) }));
    return result;
}

Result<> sync_memory(Process& process, uint64_t address, uint64_t size, int flags)
{
    Vector<Ref<MappedObject>> stored;
    {
        LockGuard guard(process.memory_lock);
        TRY(process.memory->sync(address, size, flags, [&](Mapping const& mapping, AddressRange range) -> Result<> {
            TRY(write_back(mapping, range));
            bool is_last = !stored.is_empty() && stored.last().get() == mapping.object.get();
            return is_last ? Result<> {} : stored.push(mapping.object);
        }));
    }
    for (auto const& object : stored)
        if (flags & kMsyncSync)
            TRY(object->sync());
    return {};
}

void write_back_everything(Process& process)
{
    auto bounds = process.memory->bounds();
    (void)process.memory->sync(bounds.start, bounds.size(), kMsyncSync, write_back);
}

} // namespace farl
