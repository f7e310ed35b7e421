#include "tests/hostile/answers.h"

#include "abi/sgx/layout.h"

#include <cerrno>
#include <climits>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace farl::host {

namespace {

constexpr int64_t kLowestErrno = -4096;
constexpr size_t kRelative = 2; // asked + 1, asked * 2

int64_t as_answer(uint64_t value) { return static_cast<int64_t>(value); }

// Each number once where it would be wrong for every kind of call, and what is wrong for some.
std::vector<int64_t> fixed_answers()
{
    std::vector<int64_t> answers { INT64_MAX, INT64_MIN, INT64_MIN + 1, -4097, INT_MIN, -1ll << 40, UINT_MAX, 1ll << 20,
        1ll << 40, as_answer(sgx::kRuntimeBase), as_answer(sgx::kApplicationBase), 1, 2 };
    for (auto error = kLowestErrno; error < 0; ++error)
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

} // namespace

ForgedAnswers::ForgedAnswers(KnownCall const& call, bool from_start)
    : call_(call),
      from_start_(from_start),
      fixed_(fixed_answers()),
      count_(fixed_.size() + kRelative)
{
}

bool ForgedAnswers::is_executed() const
{
    bool is_own = call_.number >= wire::kFirstFarlCall;
    bool is_pages = call_.name.ends_with("Pages");
    return call_.number == SYS_close || (is_own && !is_pages);
}

int64_t ForgedAnswers::forged(HostCall const& call)
{
    auto index = next_.fetch_add(1);
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
