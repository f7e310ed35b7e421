#include "enclave/process/vdso_mapping.h"

#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/pages.h"
#include "enclave/process/mapping.h"
#include "enclave/time/runtime_clock.h"

#include <cstring>

extern "C" char const farl_vdso_image[], farl_vdso_image_end[];

namespace farl {

namespace {

constinit std::atomic<uint64_t> data_page { 0 };
constinit std::atomic<bool> is_refreshing { false };

// The page is writable only while the runtime writes it.
void publish_to_application()
{
    auto page = data_page.load();
    if (!page)
        return;
    AddressRange range { page, page + kVvarPageSize };
    if (enclave_pages().protect(range, kProtRead | kProtWrite).is_error())
        return;
    publish(*reinterpret_cast<Vvar*>(page), clock_parameters());
    (void)enclave_pages().protect(range, kProtRead);
}

} // namespace

Result<uint64_t> map_vdso(Process& process)
{
    auto size = static_cast<uint64_t>(farl_vdso_image_end - farl_vdso_image);
    ASSERT(size <= kPageSize);
    // Room for both, then the code over its second page.
    auto page = TRY(map_memory(process,
        { .size = kVvarPageSize + kPageSize,
            .protection = kProtRead,
            .flags = kMapPrivate | kMapAnonymous,
            .label = "[vvar]" },
        nullptr));
    auto code = TRY(map_memory(process,
        { .address = page + kVvarPageSize,
            .size = kPageSize,
            .protection = kProtRead | kProtWrite,
            .flags = kMapPrivate | kMapAnonymous | kMapFixed,
            .label = "[vdso]" },
        nullptr));
    TRY(copy_to_user(code, farl_vdso_image, size));
    {
        LockGuard guard(process.memory_lock);
        TRY(process.memory->protect(code, kPageSize, kProtRead | kProtExec));
        TRY(enclave_pages().accept({ page, page + kVvarPageSize }, kProtRead));
    }
    data_page.store(page);
    publish_to_application();
    return code;
}

void refresh_clock()
{
    if (!is_clock_due() || is_refreshing.exchange(true))
        return;
    Staging staging;
    auto address = staging.reserve(sizeof(wire::ClockSample));
    if (address.is_ok()) {
        host_gate(wire::FarlCall::SampleClocks, address.value().value());
        update_clock(host_read<wire::ClockSample>(address.value()));
        publish_to_application();
    }
    is_refreshing.store(false);
}

} // namespace farl
