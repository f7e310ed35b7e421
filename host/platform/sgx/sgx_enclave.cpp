#include "host/platform/sgx/sgx_enclave.h"

#include "host/platform/mapping.h"
#include "host/platform/secs.h"
#include "host/platform/sgx/chunked.h"
#include "host/platform/sgx/entry.h"

#include <algorithm>

namespace farl::host {

namespace {

constexpr size_t kBatchPages = 64;

// Whole pages, aligned, and anonymous: the driver takes no page from a file system without exec. Zero at first.
struct alignas(kPageSize) Batch {
    std::byte bytes[kBatchPages * kPageSize];
};

uint64_t address_of(void const* object) { return reinterpret_cast<uint64_t>(object); }

} // namespace

Result<> SgxEnclave::told(SgxStep step, Result<> result) const
{
    if (result.is_error())
        complain_(complaint(step, result.error()));
    return result;
}

Result<Owned<Enclave>> SgxEnclave::create(
    Driver& driver, EntryFunction entry, EnclaveParameters const& parameters, Complain complain)
{
    auto const& range = parameters.range;
    if (!is_aligned(range.address, kPageSize) || !is_aligned(range.size, kPageSize) || range.end() <= range.address
        || range.end() <= kLowestAddress)
        return Errno::Einval;
    auto enclave = TRY(make_owned<SgxEnclave>(driver, entry, complain));
    TRY(enclave->create_and_map(parameters));
    return Owned<Enclave>(std::move(enclave));
}

Result<> SgxEnclave::create_and_map(EnclaveParameters const& parameters)
{
    auto opened = driver_.open(kEnclaveDevice);
    if (opened.is_error())
        return told(SgxStep::OpenDevice, opened.error());
    device_ = opened.value();
    if (auto const most = driver_.features().largest_log2; most < 64 && parameters.range.size > 1ull << most)
        return told(SgxStep::Size, Errno::Einval);
    secs_ = secs_from(parameters);
    sgx_enclave_create request { .src = address_of(&secs_) };
    auto created = driver_.control(device_, SGX_IOC_ENCLAVE_CREATE, &request);
    if (created.is_error()) {
        (void)told(SgxStep::Create, created.error());
        // ECREATE faulted: a parameter is not as the manual wants it.
        return created.error() == Errno::Eio ? Errno::Einval : created.error();
    }
    if (secs_.attributes.flags & sgx::kAttributeProvisionKey)
        TRY(allow_provisioning());
    auto const start = std::max(parameters.range.address, kLowestAddress);
    Range const usable { start, parameters.range.end() - start };
    TRY(told(SgxStep::Map, driver_.map(usable, PROT_NONE, device_)));
    mapped_ = usable;
    return {};
}

Result<> SgxEnclave::allow_provisioning()
{
    auto device = driver_.open(kProvisionDevice);
    if (device.is_error())
        return told(SgxStep::OpenProvision, device.error());
    sgx_enclave_provision request { .fd = static_cast<uint64_t>(device.value()) };
    auto allowed = driver_.control(device_, SGX_IOC_ENCLAVE_PROVISION, &request);
    driver_.close(device.value());
    return told(SgxStep::Provision, std::move(allowed));
}

SgxEnclave::~SgxEnclave()
{
    if (mapped_.size)
        driver_.unmap(mapped_);
    if (device_ >= 0)
        driver_.close(device_);
}

Result<> SgxEnclave::check_range(Range range) const
{
    bool const is_sound = range.size > 0 && is_aligned(range.address, kPageSize) && is_aligned(range.size, kPageSize)
        && mapped_.contains(range);
    return is_sound ? Result<> {} : Errno::Einval;
}

Result<> SgxEnclave::add(PageRun const& run)
{
    TRY(check_range(run.range));
    bool const is_tcs = run.info.type() == sgx::PageType::Tcs;
    if (run.contents.size() > run.range.size || (is_tcs && run.info.permissions()))
        return Errno::Einval;
    TRY(told(SgxStep::Add, add_pages(run)));
    // The processor writes to a TCS page through the mapping; nobody else can.
    auto const permissions = is_tcs ? sgx::kPageRead | sgx::kPageWrite : run.info.permissions();
    if (is_tcs)
        tcs_pages_.push_back(run.range);
    else
        granted_.set(run.range, permissions);
    return told(SgxStep::Protect, driver_.protect(run.range, protection(permissions)));
}

Result<> SgxEnclave::add_pages(PageRun const& run)
{
    auto batch = TRY(make_owned<Batch>());
    alignas(64) auto const info = run.info;
    for (uint64_t done = 0; done < run.range.size;) {
        auto const size = std::min<uint64_t>(run.range.size - done, sizeof(batch->bytes));
        auto const contents = run.contents.subspan(std::min(done, run.contents.size()));
        auto* const rest = std::ranges::copy(contents.first(std::min(contents.size(), size)), batch->bytes).out;
        std::fill(rest, batch->bytes + size, std::byte {});
        sgx_enclave_add_pages const request {
            .src = address_of(batch->bytes),
            .offset = run.range.address - secs_.base + done,
            .length = size,
            .secinfo = address_of(&info),
            .flags = run.is_measured ? uint64_t { SGX_PAGE_MEASURE } : 0,
        };
        TRY(control_range(driver_, device_, SGX_IOC_ENCLAVE_ADD_PAGES, request).result);
        done += size;
    }
    return {};
}

Result<> SgxEnclave::initialise(sgx::SigStruct const& signature, std::span<uint64_t const>)
{
    if (!has_signed_attributes(secs_, signature))
        return told(SgxStep::Initialise, Errno::Einval);
    sgx_enclave_init request { .sigstruct = address_of(&signature) };
    Result<> initialised = Errno::Eintr;
    while (initialised.is_error() && initialised.error() == Errno::Eintr)
        initialised = driver_.control(device_, SGX_IOC_ENCLAVE_INIT, &request);
    TRY(told(SgxStep::Initialise, std::move(initialised)));
    secs_.attributes.flags |= sgx::kAttributeInit;
    secs_.mrenclave = signature.enclave_hash;
    secs_.isv_prod_id = signature.isv_prod_id;
    secs_.isv_svn = signature.isv_svn;
    return {};
}

void SgxEnclave::serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler)
{
    serve_enclave(entry_, tcs, leaf, registers, handler);
}

} // namespace farl::host
