#include "enclave/hostcall/pages.h"

#include "abi/wire/hostcall.h"
#include "enclave/boundary/page_leaf.h"
#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/log.h"
#include "enclave/sched/gate.h"

namespace farl {

namespace {

using wire::FarlCall;

Result<> page_call(FarlCall call, AddressRange range, int protection = 0)
{
    return checked_status(HostAnswer(host_gate(call, range.start, range.size(), static_cast<uint64_t>(protection))));
}

class PageCalls final : public PageHost {
public:
    Result<> protect(AddressRange range, int protection) override
    {
        return page_call(FarlCall::ProtectPages, range, protection);
    }
    Result<> prepare(AddressRange range) override { return page_call(FarlCall::PreparePages, range); }
    Result<> restrict(AddressRange range, int protection) override
    {
        return page_call(FarlCall::RestrictPages, range, protection);
    }
    Result<> trim(AddressRange range) override { return page_call(FarlCall::TrimPages, range); }
    Result<> discard(AddressRange range) override { return page_call(FarlCall::DiscardPages, range); }
    Result<> release(AddressRange range) override { return page_call(FarlCall::ReleasePages, range); }
};

class ProcessorLeaves final : public PageLeaves {
public:
    uint64_t execute(sgx::EncluLeaf leaf, sgx::SecInfo const& info, uint64_t page, uint64_t source) override
    {
        alignas(sizeof info) auto const operand = info;
        auto const rax = farl_page_leaf(static_cast<uint64_t>(leaf), &operand, page, source);
        return leaf == sgx::EncluLeaf::Emodpe && rax != kFaulted ? 0 : rax;
    }
    void give_up(char const* why) override
    {
        Log(LogLevel::Error) << why;
        leave_for_good(kFarlFailed, 0);
    }
};

constinit PageCalls the_calls;
constinit ProcessorLeaves the_leaves;
constinit AcceptedPages the_accepted;
constinit EnclavePages the_pages(the_calls, the_leaves, the_accepted);

} // namespace

EnclavePages& enclave_pages() { return the_pages; }

} // namespace farl
