#include "tests/hostile/queue_attacks.h"

#include "abi/sgx/layout.h"
#include "tests/hostile/random.h"
#include "tests/hostile/relay.h"

#include <algorithm>
#include <climits>
#include <sys/syscall.h>
#include <thread>

namespace farl::host {

namespace {

constexpr std::chrono::microseconds kMoment { 20 };

bool is_call(Relay& relay, uint32_t slot, uint64_t number)
{
    return static_cast<uint32_t>(relay.request(slot)[0]) == number;
}

// ---- responses that nobody waits for

void respond_beyond(Relay& relay, uint32_t slot, uint64_t random)
{
    constexpr uint32_t kNumbers[] = { wire::kCallQueueEntries, wire::kCallQueueEntries + 1, 2 * wire::kCallQueueEntries,
        INT_MAX, 1u << 31, UINT_MAX };
    relay.push(kNumbers[random % std::size(kNumbers)]);
    relay.push(static_cast<uint32_t>(random >> 32) | wire::kCallQueueEntries);
    relay.push(slot);
}

void respond_for_idle(Relay& relay, uint32_t slot, uint64_t random)
{
    constexpr uint32_t kNeverUsed = 1000;
    relay.push(kNeverUsed + static_cast<uint32_t>(random % (wire::kCallQueueEntries - kNeverUsed)));
    relay.push(slot);
}

// As if the queue had gone round, or had not yet; or one half of the word were there.
void respond_in_wrong_laps(Relay& relay, uint32_t slot, uint64_t random)
{
    uint64_t const laps[] = { 0, 2, 3, INT_MAX, UINT_MAX, random >> 32 | 2 };
    for (auto lap : laps) {
        relay.write_next(lap << 32 | (slot + 1));
        std::this_thread::sleep_for(kMoment); // for the enclave to see it
    }
    relay.push(slot);
}

// ---- responses too often, or too early

void respond_twice(Relay& relay, uint32_t slot, uint64_t)
{
    relay.push(slot);
    relay.push(slot);
}

// The slots answered last may carry other calls meanwhile.
void respond_again(Relay& relay, uint32_t slot, uint64_t random)
{
    static std::atomic<uint32_t> last[4];
    relay.push(last[random % 4].exchange(slot));
    relay.push(slot);
    relay.push(last[random / 4 % 4]);
}

// Not of write(2), by which the test gets its report, nor of access(2), by which the victim asks whether it is to go
// on: a made-up 0 would end it before the attack has.
void answer_before_execution(Relay& relay, uint32_t slot, uint64_t random)
{
    if (is_call(relay, slot, SYS_write) || is_call(relay, slot, SYS_faccessat))
        return;
    relay.answer_early(slot, random % 2 ? 1 : static_cast<int64_t>(random % 64));
}

// By two workers, each of which answers.
void execute_twice(Relay& relay, uint32_t slot, uint64_t) { relay.execute(slot); }

// ---- words that change while the call is outstanding

int64_t forged_result(uint64_t random)
{
    constexpr int64_t kResults[] = { INT64_MAX, INT64_MIN, -4096, -1, 1ll << 40,
        static_cast<int64_t>(sgx::kRuntimeBase) };
    return kResults[random % std::size(kResults)];
}

void forge_result_meanwhile(Relay& relay, uint32_t, uint64_t random) { relay.write_next_result(forged_result(random)); }

void respond_with_late_result(Relay& relay, uint32_t slot, uint64_t random)
{
    for (uint64_t i = 0; i < 100; ++i)
        relay.write_next_result(forged_result(random + i));
    relay.push(slot);
}

void overwrite_request(Relay& relay, uint32_t, uint64_t random)
{
    relay.overwrite_request(random);
    relay.watching() = random % 3;
}

void respond_honestly(Relay& relay, uint32_t slot, uint64_t) { relay.push(slot); }

// ---- delays

// Others overtake it, because each worker waits for its own time.
void respond_late(Relay& relay, uint32_t slot, uint64_t random)
{
    std::this_thread::sleep_for(std::chrono::microseconds(random % 4 ? random % 100 : random % 3000));
    relay.push(slot);
}

constexpr QueueAttack::Kind kKinds[] = {
    { "beyond", respond_beyond },
    { "idle", respond_for_idle },
    { "laps", respond_in_wrong_laps },
    { "duplicate", respond_twice },
    { "again", respond_again },
    { "early", nullptr, answer_before_execution },
    { "workers", respond_honestly, execute_twice },
    { "results", respond_with_late_result, forge_result_meanwhile },
    { "requests", respond_honestly, overwrite_request },
    { "late", respond_late },
};

} // namespace

std::unique_ptr<Attack> QueueAttack::create(std::string const& name)
{
    auto const* found =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](Kind const& kind) { return name == kind.name; });
    return found == std::end(kKinds) ? nullptr : std::make_unique<QueueAttack>(*found);
}

void QueueAttack::submit(Relay& relay, uint32_t slot)
{
    if (!kind_.submit || is_done())
        return;
    if (!kind_.respond)
        ++responses_;
    kind_.submit(relay, slot, next_random());
}

void QueueAttack::respond(Relay& relay, uint32_t slot)
{
    if (kind_.respond && responses_++ < kResponses)
        kind_.respond(relay, slot, next_random());
    else
        relay.push(slot);
}

void DroppedResponse::respond(Relay& relay, uint32_t slot)
{
    ++responses_;
    bool is_first_write = is_call(relay, slot, SYS_pwrite64) && !has_dropped_.exchange(true);
    if (!is_first_write)
        relay.push(slot);
}

} // namespace farl::host
