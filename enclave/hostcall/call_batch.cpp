#include "enclave/hostcall/call_batch.h"

#include "abi/wire/hostcall.h"
#include "enclave/sched/gate.h"

#include <algorithm>
#include <cstddef>

namespace farl {

namespace {

static_assert(CallBatch::kMost * (sizeof(wire::BatchedCall) + CallBatch::kRoom) == HostArena::kSmallest);

constexpr int64_t kNotMade = -static_cast<int64_t>(Errno::Eagain);

} // namespace

HostAddress CallBatch::call_of(size_t index) const { return start_ + index * sizeof(wire::BatchedCall); }
HostAddress CallBatch::room_of(size_t index) const
{
    return start_ + kMost * sizeof(wire::BatchedCall) + index * kRoom;
}

Result<> CallBatch::prepare(CallBatch& batch)
{
    batch.start_ = TRY(batch.staging_.reserve(HostArena::kSmallest));
    return {};
}

void CallBatch::add(Caller* caller, uint64_t number, std::array<uint64_t, 6> arguments)
{
    ASSERT(!is_full());
    wire::BatchedCall call { .number = number, .arguments = {}, .result = kNotMade };
    std::ranges::copy(arguments, call.arguments);
    host_write(call_of(count_), call);
    numbers_[count_] = number;
    callers_[count_++] = caller;
    auto& statistics = host_call_statistics();
    if (statistics.is_enabled && number < kCountedCalls) // its time is not told apart
        statistics.counts[number].fetch_add(1, std::memory_order_relaxed);
}

// HOST: each answer is a claim of its own, and its caller checks it.
void CallBatch::run()
{
    if (!count_)
        return;
    host_gate(wire::FarlCall::CallBatch, start_.value(), count_);
    for (size_t i = 0; i < count_; ++i) {
        if (!callers_[i])
            continue;
        auto result = host_read_word(call_of(i) + offsetof(wire::BatchedCall, result));
        callers_[i]->take_answer(numbers_[i], HostAnswer(static_cast<int64_t>(result)), room_of(i));
    }
    count_ = 0;
}

} // namespace farl
