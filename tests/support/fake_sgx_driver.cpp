#include "tests/support/fake_sgx_driver.h"

#include "abi/sgx/measurement.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <sys/mman.h>

namespace farl::host {

using sgx::PageType;

namespace {

constexpr uint64_t kNotModifiable = 20; // SGX_PAGE_NOT_MODIFIABLE
constexpr uint64_t kMismatch = static_cast<uint64_t>(sgx::PageStatus::AttributesMismatch);
constexpr uint64_t kFaulted = ~0ull;
constexpr uint64_t kUnprivileged = sgx::kAttributeDebug | sgx::kAttributeMode64Bit | sgx::kAttributeKss;

template <typename T>
T& as(void* argument)
{
    return *static_cast<T*>(argument);
}

uint64_t permissions_of(int protection)
{
    return (protection & PROT_READ ? sgx::kPageRead : 0) | (protection & PROT_WRITE ? sgx::kPageWrite : 0)
        | (protection & PROT_EXEC ? sgx::kPageExecute : 0);
}

bool is_legal(sgx::SecInfo const& info)
{
    constexpr uint64_t kDefined = sgx::kPagePermissions | 0xFFull << sgx::kPageTypeShift;
    bool const is_tcs = info.type() == PageType::Tcs;
    bool const writes_unread = (info.flags & sgx::kPageWrite) && !(info.flags & sgx::kPageRead);
    return (info.type() == PageType::Regular || (is_tcs && !info.permissions())) && !writes_unread
        && !(info.flags & ~kDefined)
        && std::all_of(std::begin(info.reserved), std::end(info.reserved), [](auto word) { return word == 0; });
}

} // namespace

Result<int> FakeSgxDriver::open(char const* path)
{
    log_.push_back(fmt::format("open {}", path));
    if (auto found = failing_paths_.find(path); found != failing_paths_.end())
        return found->second;
    descriptors_[next_descriptor_] = path;
    return next_descriptor_++;
}

void FakeSgxDriver::close(int descriptor)
{
    log_.push_back(fmt::format("close {}", descriptors_.at(descriptor)));
    descriptors_.erase(descriptor);
}

std::optional<FakeSgxDriver::PlannedFailure> FakeSgxDriver::planned(unsigned long request)
{
    auto found =
        std::find_if(failures_.begin(), failures_.end(), [&](auto const& one) { return one.request == request; });
    if (found == failures_.end())
        return {};
    auto const failure = *found;
    failures_.erase(found);
    return failure;
}

Result<> FakeSgxDriver::control(int descriptor, unsigned long request, void* argument)
{
    if (descriptors_[descriptor] != kEnclaveDevice)
        return Errno::Enotty;
    switch (request) {
    case SGX_IOC_ENCLAVE_CREATE:
        return create(as<sgx_enclave_create>(argument));
    case SGX_IOC_ENCLAVE_ADD_PAGES:
        return add(as<sgx_enclave_add_pages>(argument));
    case SGX_IOC_ENCLAVE_INIT:
        return initialise(as<sgx_enclave_init>(argument));
    case SGX_IOC_ENCLAVE_PROVISION:
        return provision(as<sgx_enclave_provision>(argument));
    case SGX_IOC_ENCLAVE_RESTRICT_PERMISSIONS:
        return restrict(as<sgx_enclave_restrict_permissions>(argument));
    case SGX_IOC_ENCLAVE_MODIFY_TYPES:
        return modify(as<sgx_enclave_modify_types>(argument));
    case SGX_IOC_ENCLAVE_REMOVE_PAGES:
        return remove(as<sgx_enclave_remove_pages>(argument));
    default:
        return Errno::Enotty;
    }
}

Result<> FakeSgxDriver::create(sgx_enclave_create const& request)
{
    log_.emplace_back("create");
    if (is_created_)
        return Errno::Einval;
    if (auto failure = planned(SGX_IOC_ENCLAVE_CREATE))
        return failure->error;
    std::memcpy(&secs_, reinterpret_cast<void const*>(request.src), sizeof(secs_));
    is_created_ = true;
    measurement_.update(sgx::measurement::ecreate(secs_.ssa_frame_pages, secs_.size));
    return {};
}

Result<> FakeSgxDriver::check_range(uint64_t offset, uint64_t length) const
{
    bool const is_sound = is_aligned(offset, kPageSize) && length && is_aligned(length, kPageSize)
        && offset + length >= offset && offset + length <= secs_.size;
    return is_sound ? Result<> {} : Errno::Einval;
}

Result<> FakeSgxDriver::add(sgx_enclave_add_pages& request)
{
    if (!is_created_ || is_initialised_ || !is_aligned(request.src, kPageSize) || request.count)
        return Errno::Einval;
    TRY(check_range(request.offset, request.length));
    sgx::SecInfo info;
    std::memcpy(&info, reinterpret_cast<void const*>(request.secinfo), sizeof(info));
    if (!is_legal(info) || (request.flags & ~uint64_t { SGX_PAGE_MEASURE }))
        return Errno::Einval;
    auto const failure = planned(SGX_IOC_ENCLAVE_ADD_PAGES);
    Result<> outcome;
    uint64_t done = 0;
    for (; done < request.length && outcome.is_ok(); done += kPageSize) {
        if (failure && done == failure->after_pages * kPageSize) {
            // A signal in the middle is no error: `count` tells.
            if (failure->error != Errno::Eintr || !done)
                outcome = failure->error;
            break;
        }
        outcome = add_page(request, done, info);
    }
    request.count = done;
    auto const error = outcome.is_ok() ? Errno {} : outcome.error();
    additions_.push_back({ request.offset, request.length, info.flags, request.flags, done, error });
    return outcome;
}

Result<> FakeSgxDriver::add_page(sgx_enclave_add_pages const& request, uint64_t done, sgx::SecInfo const& info)
{
    auto const offset = request.offset + done;
    bool const is_tcs = info.type() == PageType::Tcs;
    auto const most = is_tcs ? sgx::kPageRead | sgx::kPageWrite : info.permissions();
    if (!pages_.try_emplace(offset, Page { info.type(), info.permissions(), most }).second)
        return Errno::Ebusy;
    measurement_.update(sgx::measurement::eadd(offset, info));
    if (request.flags & SGX_PAGE_MEASURE) {
        auto const* source = reinterpret_cast<std::byte const*>(request.src + done);
        sgx::measure_page(offset, std::span<std::byte const, kPageSize>(source, kPageSize),
            [this](std::span<std::byte const> bytes) { measurement_.update(bytes); });
    }
    return {};
}

Result<> FakeSgxDriver::initialise(sgx_enclave_init const& request)
{
    log_.emplace_back("init");
    if (!is_created_ || is_initialised_)
        return Errno::Einval;
    if (auto failure = planned(SGX_IOC_ENCLAVE_INIT))
        return failure->error;
    auto const allowed = kUnprivileged | (may_provision_ ? sgx::kAttributeProvisionKey : 0);
    if (secs_.attributes.flags & ~allowed)
        return Errno::Eacces;
    auto const& signature = *reinterpret_cast<sgx::SigStruct const*>(request.sigstruct);
    if (signature.enclave_hash != measurement_.current())
        return Errno::Eperm; // SGX_INVALID_MEASUREMENT
    is_initialised_ = true;
    return {};
}

Result<> FakeSgxDriver::provision(sgx_enclave_provision const& request)
{
    log_.emplace_back("provision");
    if (descriptors_[static_cast<int>(request.fd)] != kProvisionDevice)
        return Errno::Einval;
    may_provision_ = true;
    return {};
}

template <typename Request, typename Change>
Result<> FakeSgxDriver::for_pages(unsigned long number, Request& request, Change change)
{
    if (!features_.has_sgx2)
        return Errno::Enodev;
    if (!is_initialised_ || request.count)
        return Errno::Einval;
    if constexpr (requires { request.result; }) {
        if (request.result)
            return Errno::Einval;
    }
    TRY(check_range(request.offset, request.length));
    auto const failure = planned(number);
    for (; request.count < request.length; request.count += kPageSize) {
        if (failure && request.count == failure->after_pages * kPageSize)
            return failure->error;
        auto* page = page_at(request.offset + request.count);
        if (!page)
            return Errno::Efault;
        if constexpr (requires { request.result; }) {
            if (page->is_pending) {
                request.result = kNotModifiable;
                return Errno::Efault;
            }
        }
        TRY(change(*page, request.offset + request.count));
    }
    return {};
}

Result<> FakeSgxDriver::restrict(sgx_enclave_restrict_permissions& request)
{
    log_.push_back(fmt::format("restrict {:#x} {:#x} to {}", request.offset, request.length, request.permissions));
    if ((request.permissions & ~sgx::kPagePermissions)
        || ((request.permissions & sgx::kPageWrite) && !(request.permissions & sgx::kPageRead)))
        return Errno::Einval;
    return for_pages(SGX_IOC_ENCLAVE_RESTRICT_PERMISSIONS, request, [&](Page& page, uint64_t) -> Result<> {
        if (page.type != PageType::Regular)
            return Errno::Einval;
        page.permissions &= request.permissions;
        page.is_restricted = true;
        return {};
    });
}

Result<> FakeSgxDriver::modify(sgx_enclave_modify_types& request)
{
    log_.push_back(fmt::format("modify {:#x} {:#x} to {}", request.offset, request.length, request.page_type));
    if (request.page_type != static_cast<uint64_t>(PageType::Trim))
        return Errno::Einval;
    return for_pages(SGX_IOC_ENCLAVE_MODIFY_TYPES, request, [&](Page& page, uint64_t) -> Result<> {
        if (page.type == PageType::Trim)
            return Errno::Einval;
        page.type = PageType::Trim;
        page.is_modified = true;
        return {};
    });
}

Result<> FakeSgxDriver::remove(sgx_enclave_remove_pages& request)
{
    log_.push_back(fmt::format("remove {:#x} {:#x}", request.offset, request.length));
    return for_pages(SGX_IOC_ENCLAVE_REMOVE_PAGES, request, [&](Page& page, uint64_t offset) -> Result<> {
        if (page.type != PageType::Trim || page.is_modified)
            return Errno::Eperm;
        pages_.erase(offset);
        return {};
    });
}

Result<> FakeSgxDriver::map(sgx::Range range, int protection, int descriptor)
{
    log_.push_back(fmt::format("map {:#x} {:#x}", range.address, range.size));
    if (descriptors_[descriptor] != kEnclaveDevice)
        return Errno::Ebadf;
    if (map_error_ != Errno {})
        return map_error_;
    mapped_ = range;
    protections_ = { { range, protection } };
    return {};
}

void FakeSgxDriver::unmap(sgx::Range range)
{
    log_.push_back(fmt::format("unmap {:#x} {:#x}", range.address, range.size));
    mapped_ = {};
}

Result<> FakeSgxDriver::protect(sgx::Range range, int protection)
{
    if (protect_error_ != Errno {})
        return protect_error_;
    if (!mapped_.contains(range))
        return Errno::Enomem;
    auto const start = range.address - secs_.base;
    for (auto page = pages_.lower_bound(start); page != pages_.end() && page->first < start + range.size; ++page) {
        if (permissions_of(protection) & ~page->second.most_permissions)
            return Errno::Eacces;
    }
    protections_.push_back({ range, protection });
    return {};
}

FakeSgxDriver::Page* FakeSgxDriver::page_at(uint64_t offset)
{
    auto found = pages_.find(offset);
    return found == pages_.end() ? nullptr : &found->second;
}

FakeSgxDriver::Page const* FakeSgxDriver::page(uint64_t address) const
{
    auto found = pages_.find(page_down(address) - secs_.base);
    return found == pages_.end() ? nullptr : &found->second;
}

int FakeSgxDriver::protection_at(uint64_t address) const
{
    for (auto at = protections_.rbegin(); at != protections_.rend(); ++at) {
        if (at->range.contains(address))
            return at->protection;
    }
    return -1;
}

bool FakeSgxDriver::touch(uint64_t address)
{
    auto const offset = page_down(address) - secs_.base;
    if (!is_initialised_ || protection_at(address) <= PROT_NONE || pages_.contains(offset))
        return false;
    pages_[offset] = {
        .permissions = sgx::kPageRead | sgx::kPageWrite, .most_permissions = sgx::kPagePermissions, .is_pending = true
    };
    return true;
}

bool FakeSgxDriver::accept_new(uint64_t address)
{
    auto* page = page_at(page_down(address) - secs_.base);
    return page && std::exchange(page->is_pending, false);
}

bool FakeSgxDriver::accept_trimmed(sgx::Range range)
{
    for (uint64_t done = 0; done < range.size; done += kPageSize) {
        auto* page = page_at(range.address - secs_.base + done);
        // EACCEPT reads through the mapping.
        if (!page || !page->is_modified || !(protection_at(range.address + done) & PROT_READ))
            return false;
        page->is_modified = false;
    }
    return true;
}

uint64_t FakeSgxDriver::execute(sgx::EncluLeaf leaf, sgx::SecInfo const& info, uint64_t address, uint64_t source)
{
    auto const protection = protection_at(address);
    if (!page_at(address - secs_.base) && !touch(address))
        return kFaulted;
    auto& page = *page_at(address - secs_.base);
    if (!(protection & PROT_READ) || (leaf == sgx::EncluLeaf::Eacceptcopy && !(protection & PROT_WRITE)))
        return kFaulted;
    switch (leaf) {
    case sgx::EncluLeaf::Eaccept:
        return accept(info, page);
    case sgx::EncluLeaf::Eacceptcopy:
        return accept_copy(info, page, source);
    default:
        if (page.type != PageType::Regular || page.is_pending || page.is_modified)
            return kFaulted;
        page.permissions |= info.permissions();
        return 0;
    }
}

uint64_t FakeSgxDriver::accept(sgx::SecInfo const& info, Page& page)
{
    auto const states = (page.is_pending ? sgx::kPagePending : 0) | (page.is_modified ? sgx::kPageModified : 0)
        | (page.is_restricted ? sgx::kPageRestricted : 0);
    auto const permissions = page.type == PageType::Trim ? 0 : page.permissions;
    if (info.flags != sgx::SecInfo::of(page.type, permissions | states).flags)
        return kMismatch;
    page.is_pending = page.is_modified = page.is_restricted = false;
    return 0;
}

uint64_t FakeSgxDriver::accept_copy(sgx::SecInfo const& info, Page& page, uint64_t source)
{
    auto const* from = this->page(source);
    if (!from || from->is_pending || from->is_modified || !(from->permissions & sgx::kPageRead))
        return kFaulted;
    if (!page.is_pending)
        return kMismatch;
    page.is_pending = false;
    page.permissions = info.permissions();
    page.contents = from->contents;
    return 0;
}

} // namespace farl::host
