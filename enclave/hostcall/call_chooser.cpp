#include "enclave/hostcall/call_chooser.h"

#include <algorithm>
#include <bit>

namespace farl {

namespace {

// A request to another processor and its answer take about 1,000 ticks more than the call itself. Where a transition is
// cheaper than that there is nothing to choose.
constexpr uint64_t kCheapTransition_ticks = 1'500;
constexpr uint64_t kCostlyTransition_ticks = 3'000; // so costly, it is the queues until something else is known

// Of so many turns the first few go the other way; until then those after each power of two, because a caller may not
// have many. The first of them may have to wake a worker, and is no sample.
constexpr uint32_t kTurnsBetweenTrials = 4096;
constexpr uint32_t kFirstTrial = 32;
constexpr uint32_t kTrials = 8;
constexpr uint32_t kWarmUps = 2;
constexpr uint32_t kTurnsBetweenSamples = 16;

constexpr uint32_t kWeight = 8; // of the past against a new sample
constexpr uint64_t kMostTicks = 1 << 28;

CallWay other(CallWay way) { return way == CallWay::Exit ? CallWay::Queue : CallWay::Exit; }

// Whether it is worth a change.
bool is_clearly_less(uint32_t one, uint32_t than) { return one < than - than / 8; }

} // namespace

void CallChooser::initialise(uint64_t transition_ticks, uint64_t processors)
{
    has_choice_ = processors > 1 && transition_ticks >= kCheapTransition_ticks;
    first_way_ = has_choice_ && transition_ticks >= kCostlyTransition_ticks ? CallWay::Queue : CallWay::Exit;
    for (auto& kind : kinds_)
        kind.way.store(first_way_, std::memory_order_relaxed);
}

size_t CallChooser::index_of(uint64_t number, uint64_t size)
{
    size_t size_class = size <= 512 ? 0 : size <= 4096 ? 1 : size <= 32 * 1024 ? 2 : 3;
    return std::min(number, kNumbers - 1) * kSizeClasses + size_class;
}

CallChooser::Choice CallChooser::choose(uint64_t number, uint64_t size, uint32_t turn) const
{
    if (!has_choice_)
        return { CallWay::Exit, false };
    auto way = kinds_[index_of(number, size)].way.load(std::memory_order_relaxed);
    auto trial = turn < kTurnsBetweenTrials ? turn - std::bit_floor(turn) : turn % kTurnsBetweenTrials;
    if (turn >= kFirstTrial && trial < kTrials)
        return { other(way), trial >= kWarmUps };
    return { way, turn % kTurnsBetweenSamples == 0 };
}

void CallChooser::learn(uint64_t number, uint64_t size, CallWay way, uint64_t ticks)
{
    auto& kind = kinds_[index_of(number, size)];
    auto& average = kind.ticks[static_cast<size_t>(way)];
    auto old = average.load(std::memory_order_relaxed);
    auto sample = std::clamp<uint64_t>(ticks, 1, kMostTicks);
    // One that was disturbed may be a thousand times as long.
    auto next = old ? (old * (kWeight - 1ull) + std::min<uint64_t>(sample, 2ull * old + kWeight)) / kWeight : sample;
    average.store(static_cast<uint32_t>(next), std::memory_order_relaxed);

    auto current = kind.way.load(std::memory_order_relaxed);
    auto own = kind.ticks[static_cast<size_t>(current)].load(std::memory_order_relaxed);
    auto others = kind.ticks[static_cast<size_t>(other(current))].load(std::memory_order_relaxed);
    if (own && others && is_clearly_less(others, own))
        kind.way.store(other(current), std::memory_order_relaxed);
}

} // namespace farl
