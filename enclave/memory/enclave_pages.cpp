#include "enclave/memory/enclave_pages.h"

#include <cstring>

namespace farl {

using sgx::EncluLeaf;
using sgx::PageType;
using sgx::SecInfo;

namespace {

constexpr int kReadWrite = kProtRead | kProtWrite;
static_assert(kProtRead == sgx::kPageRead && kProtWrite == sgx::kPageWrite && kProtExec == sgx::kPageExecute);

constexpr SecInfo kNew = SecInfo::of(PageType::Regular, sgx::kPageRead | sgx::kPageWrite | sgx::kPagePending);
constexpr auto kMismatch = static_cast<uint64_t>(sgx::PageStatus::AttributesMismatch);
constexpr SecInfo kTrimmed = SecInfo::of(PageType::Trim, sgx::kPageModified);

// Whoever may use a page may read it: the processor has no page that can only be written.
int readable(int protection) { return protection | kProtRead; }

SecInfo with(int protection, uint64_t state = 0)
{
    return SecInfo::of(PageType::Regular, static_cast<uint64_t>(readable(protection)) | state);
}

} // namespace

// HOST: it says that it has changed the page. That is so, or the enclave cannot go on: the page would show the program
// something else than it asked for.
Result<> EnclavePages::accept_change(SecInfo const& info, uint64_t page, char const* broken)
{
    auto const status = leaves_.execute(EncluLeaf::Eaccept, info, page, 0);
    if (status == 0)
        return {};
    if (status == PageLeaves::kFaulted)
        return Errno::Enomem;
    leaves_.give_up(broken);
    return Errno::Eio;
}

// HOST: a page that is not new, whatever it is, stays of no use. It may be one that was trimmed, where a removal
// failed.
Result<> EnclavePages::accept_new(SecInfo const& info, EncluLeaf leaf, uint64_t page, uint64_t from)
{
    auto status = leaves_.execute(leaf, info, page, from);
    if (status == kMismatch) {
        TRY(host_.discard({ page, page + kPageSize }));
        status = leaves_.execute(leaf, info, page, from);
    }
    if (status == 0)
        return {};
    return status == PageLeaves::kFaulted ? Errno::Enomem : Errno::Eio;
}

void EnclavePages::extend(uint64_t page, int protection)
{
    if (leaves_.execute(EncluLeaf::Emodpe, with(protection), page, 0) == PageLeaves::kFaulted)
        leaves_.give_up("the host has taken a page away that was to get permissions");
}

Result<> EnclavePages::accept(AddressRange range, int protection)
{
    TRY(accepted_.reserve(range));
    for (auto page = range.start; page < range.end; page += kPageSize) {
        if (accepted_.at(page))
            continue;
        TRY(accept_new(kNew, EncluLeaf::Eaccept, page));
        auto const executable = protection & kProtExec;
        if (executable)
            extend(page, executable);
        accepted_.set(page, kReadWrite | executable);
    }
    return {};
}

// Permissions of the EPCM stay where the application wants none: EMODPE could not give them back.
Result<> EnclavePages::protect(AddressRange range, int protection)
{
    TRY(host_.protect(range, protection));
    if (protection == kProtNone)
        return {};
    return accepted_.for_each_run(range, [&](AddressRange run) { return adapt(run, readable(protection)); });
}

// Parts of the run with the same permissions at a time.
Result<> EnclavePages::adapt(AddressRange run, int protection)
{
    for (auto start = run.start; start < run.end;) {
        auto const before = accepted_.at(start);
        auto end = start + kPageSize;
        while (end < run.end && accepted_.at(end) == before)
            end += kPageSize;
        if (before & ~protection)
            TRY(restrict({ start, end }, before & protection));
        for (auto page = start; protection & ~before && page < end; page += kPageSize) {
            extend(page, protection);
            accepted_.set(page, protection);
        }
        start = end;
    }
    return {};
}

Result<> EnclavePages::restrict(AddressRange run, int protection)
{
    TRY(host_.restrict(run, protection));
    for (auto page = run.start; page < run.end; page += kPageSize) {
        TRY(accept_change(
            with(protection, sgx::kPageRestricted), page, "the host has not taken permissions from a page"));
        accepted_.set(page, protection);
    }
    return {};
}

Result<> EnclavePages::trim(AddressRange range)
{
    TRY(host_.trim(range));
    for (auto page = range.start; page < range.end; page += kPageSize)
        TRY(accept_change(kTrimmed, page, "the host has not trimmed a page"));
    return {};
}

Result<> EnclavePages::trim_accepted(AddressRange range)
{
    return accepted_.for_each_run(range, [&](AddressRange run) -> Result<> {
        TRY(trim(run));
        accepted_.clear(run);
        return {};
    });
}

// Of all of the range, accepted or not: without SGX, pages are of use before they are accepted.
Result<> EnclavePages::release(AddressRange range)
{
    TRY(trim_accepted(range));
    return host_.release(range);
}

Result<> EnclavePages::discard(AddressRange range)
{
    TRY(trim_accepted(range));
    return host_.discard(range);
}

// Enclave pages have one address: the contents are copied, those of pages that were never used too (see release()).
Result<> EnclavePages::move(AddressRange from, uint64_t to, int protection)
{
    AddressRange const target { to, to + from.size() };
    TRY(host_.protect(target, kReadWrite));
    TRY(host_.protect(from, kProtRead));
    TRY(accept(target, kReadWrite));
    TRY(accept(from, kProtRead));
    memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void const*>(from.start), from.size());
    TRY(release(from));
    return protection == kReadWrite ? Result<> {} : protect(target, protection);
}

Result<> EnclavePages::place(uint64_t from, AddressRange to, int protection)
{
    TRY(accepted_.reserve(to));
    if (!accepted_.next_run(to).is_empty())
        TRY(release(to));
    TRY(host_.prepare(to));
    for (auto page = to.start; page < to.end; page += kPageSize, from += kPageSize) {
        TRY(accept_new(with(protection), EncluLeaf::Eacceptcopy, page, from));
        accepted_.set(page, readable(protection));
    }
    return host_.protect(to, protection);
}

Result<> EnclavePages::commit(AddressRange range)
{
    TRY(host_.protect(range, kReadWrite));
    for (auto page = range.start; page < range.end; page += kPageSize) {
        auto accepted = accept_new(kNew, EncluLeaf::Eaccept, page);
        if (accepted.is_ok())
            continue;
        if (page > range.start)
            (void)uncommit({ range.start, page });
        return accepted;
    }
    return {};
}

Result<> EnclavePages::uncommit(AddressRange range)
{
    TRY(trim(range));
    return host_.release(range);
}

} // namespace farl
