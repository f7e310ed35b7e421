#include "tests/hostile/answers.h"

#include "abi/sgx/layout.h"

#include <cerrno>
#include <climits>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace farl::host {

namespace {

constexpr int64_t kLastErrno = -133, kLowestErrno = -4096;
constexpr int64_t kSampled = 61;
constexpr size_t kRelative = 2;    // asked + 1, asked * 2
constexpr size_t kOfCarriers = 16; // answers about carriers and clocks, which are not asked for that often

int64_t as_answer(uint64_t value) { return static_cast<int64_t>(value); }

// Each number once where it would be wrong for every kind of call, and what is wrong for some.
std::vector<int64_t> fixed_answers(bool is_sampled)
{
    std::vector<int64_t> answers { INT64_MAX, INT64_MIN, INT64_MIN + 1, -4097, INT_MIN, -1ll << 40, UINT_MAX, 1ll << 20,
        1ll << 40, as_answer(sgx::kRuntimeBase), as_answer(sgx::kApplicationBase), 1, 2 };
    for (auto error = kLowestErrno; error < 0; ++error)
        if (!is_sampled || error >= kLastErrno || error % kSampled == 0)
            answers.push_back(error);
    return answers;
}

int64_t asked_size(KnownCall const& known, HostCall const& call)
{
    if (call.is(SYS_recvmsg) || call.is(SYS_sendmsg))
        return as_answer(call.memory<msghdr>(1).msg_iov->iov_len);
    if (call.is(SYS_pwritev2))
        return as_answer(call.memory<iovec>(1).iov_len);
    return known.size_argument < 0 ? 0 : as_answer(call.argument(known.size_argument));
}

bool is_about_carriers(KnownCall const& call)
{
    return call.number >= wire::kFirstFarlCall && !call.name.ends_with("Pages");
}

// A carrier that is said to have come, and does not, would be missed for ever.
bool is_spawn(KnownCall const& call) { return call.name == "SpawnCarrier"; }

} // namespace

ForgedAnswers::ForgedAnswers(KnownCall const& call, std::string_view how)
    : call_(call),
      from_start_(how == "from_start"),
      fixed_(fixed_answers(how == "sampled")),
      count_(is_about_carriers(call) ? kOfCarriers : fixed_.size() + kRelative)
{
}

bool ForgedAnswers::is_executed() const
{
    return call_.number == SYS_close || (is_about_carriers(call_) && !is_spawn(call_));
}

int64_t ForgedAnswers::forged(HostCall const& call)
{
    auto index = next_.fetch_add(1);
    if (is_spawn(call_))
        return kLowestErrno + static_cast<int64_t>(index) * 100;
    if (index < kRelative)
        return asked_size(call_, call) * (index ? 2 : 1) + 1;
    return index - kRelative < fixed_.size() ? fixed_[index - kRelative] : call.slot->result;
}

void ForgedAnswers::before(HostCall& call)
{
    if (call.number == call_.number && !is_done() && !is_executed())
        call.instead = forged(call);
}

void ForgedAnswers::after(HostCall& call)
{
    if (call.number == call_.number && !is_done() && is_executed())
        call.slot->result = forged(call);
}

} // namespace farl::host
