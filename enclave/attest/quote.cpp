#include "enclave/attest/quote.h"

#include "base/owned.h"
#include "enclave/hostcall/channel.h"
#include "enclave/sched/scheduler.h"

namespace farl {

extern "C" void farl_ereport(sgx::TargetInfo const* target, sgx::ReportData const* data, sgx::Report* report);

namespace {

// The operands where EREPORT wants them.
struct alignas(512) ReportOperands {
    sgx::TargetInfo target;
    sgx::ReportData data;
    alignas(512) sgx::Report report;
};
static_assert(offsetof(ReportOperands, data) % 128 == 0 && offsetof(ReportOperands, report) % 512 == 0);

HostAnswer ask_platform(wire::FarlCall call, std::array<uint64_t, 6> arguments)
{
    GateRequest request { .number = static_cast<uint64_t>(call), .arguments = arguments };
    return HostAnswer(scheduler().call_blocking(request));
}

// HOST: for whom the report is made is the host's choice: a wrong one gives a report that nobody can verify. What
// EREPORT does not allow in it would fault, so only the fields are taken over.
Result<> read_target(sgx::TargetInfo& target)
{
    Staging staging;
    auto room = TRY(staging.reserve(sizeof(sgx::TargetInfo)));
    TRY(checked_status(ask_platform(wire::FarlCall::QuotingTarget, { room.value() })));
    auto claimed = host_read<sgx::TargetInfo>(room);
    target = {};
    target.measurement = claimed.measurement;
    target.attributes = claimed.attributes;
    target.cet_attributes = claimed.cet_attributes;
    target.config_svn = claimed.config_svn;
    target.misc_select = claimed.misc_select;
    target.config_id = claimed.config_id;
    return {};
}

Result<Vector<std::byte>> quote_of(sgx::Report const& report)
{
    Staging staging;
    auto staged = TRY(staging.put_object(report));
    auto room = TRY(staging.reserve(kLargestQuote));
    auto answer = ask_platform(wire::FarlCall::Quote, { staged.value(), room.value(), kLargestQuote });
    Vector<std::byte> quote;
    TRY(quote.resize(TRY(checked_count(answer, kLargestQuote))));
    host_copy_in(quote.data(), room, quote.size());
    return quote;
}

} // namespace

Result<Vector<std::byte>> make_quote(sgx::ReportData const& data)
{
    auto operands = TRY(make_owned<ReportOperands>()); // too large for a fiber's stack
    TRY(read_target(operands->target));
    operands->data = data;
    farl_ereport(&operands->target, &operands->data, &operands->report);
    return quote_of(operands->report);
}

} // namespace farl
