#include "enclave/time/clock.h"

#include <algorithm>

namespace farl {

namespace {

constexpr uint64_t kSecond_ns = 1'000'000'000;
constexpr uint64_t kShortestSpan_ns = 1'000'000; // before a pace is believed
constexpr uint64_t kFixedAfter_ns = kSecond_ns;
constexpr uint64_t kLongestInterval_ns = kSecond_ns;
constexpr uint64_t kLargestSlew_ppm = 500; // adjtimex(2)
constexpr uint64_t kLargestLesson_ppm = 2; // from one sample
constexpr uint64_t kLargestUncertainty_ns = 100'000;
constexpr uint64_t kGoodUncertainty_ns = 2'000;
constexpr uint64_t kStep_ns = 1'000'000;             // smaller differences of realtime are noise of sampling
constexpr uint64_t kFastestPace = 10ull << 32;       // 100 MHz
constexpr uint64_t kSlowestPace = (1ull << 32) / 20; // 20 GHz
constexpr uint64_t kLargestTime_ns = 1ull << 62;

uint64_t distance(uint64_t a, uint64_t b)
{
    auto difference = a - b;
    return static_cast<int64_t>(difference) < 0 ? 0 - difference : difference;
}

bool is_plausible(HostClockSample const& sample)
{
    return sample.monotonic_ns < kLargestTime_ns && sample.realtime_ns < kLargestTime_ns
        && sample.boottime_ns < kLargestTime_ns && sample.tai_ns < kLargestTime_ns;
}

} // namespace

ClockVerdict Clock::update(HostClockSample const& sample, uint64_t now_tsc)
{
    if (is_running() && now_tsc < parameters_.deadline_tsc)
        return ClockVerdict::Early;
    auto earliest = is_running() ? parameters_.base_tsc : first_.tsc;
    bool is_of_now = sample.tsc <= now_tsc && sample.tsc >= earliest;
    if (!is_of_now || !is_plausible(sample)) {
        go_on_without(now_tsc);
        return ClockVerdict::Refused;
    }
    return is_running() ? follow(sample, now_tsc) : learn(sample, now_tsc);
}

// The host is asked again later, not at once.
void Clock::go_on_without(uint64_t now_tsc)
{
    if (!is_running())
        return;
    rebase(now_tsc, now_at(now_tsc));
    parameters_.ns_per_tick_32 = pace_;
    set_deadline();
}

// Behind the deadline what was to be made good has been.
uint64_t Clock::now_at(uint64_t tsc) const
{
    if (tsc <= parameters_.deadline_tsc)
        return monotonic_at(parameters_, tsc);
    ClockParameters rest { .base_tsc = parameters_.deadline_tsc,
        .ns_per_tick_32 = pace_,
        .monotonic_ns = monotonic_at(parameters_, parameters_.deadline_tsc) };
    return monotonic_at(rest, tsc);
}

ClockVerdict Clock::learn(HostClockSample const& sample, uint64_t now_tsc)
{
    if (!has_first_) {
        first_ = sample;
        has_first_ = true;
    }
    auto pace = measured_pace(sample);
    bool is_long_enough = sample.monotonic_ns >= first_.monotonic_ns + kShortestSpan_ns;
    if (is_long_enough && pace == 0)
        first_ = sample; // these two cannot both be true: start anew
    ClockParameters of_sample { .base_tsc = sample.tsc, .ns_per_tick_32 = pace, .monotonic_ns = sample.monotonic_ns };
    rebase(now_tsc, std::max(parameters_.monotonic_ns, monotonic_at(of_sample, now_tsc)));
    set_offsets(sample, monotonic_at(of_sample, sample.tsc));
    if (!is_long_enough)
        return ClockVerdict::Learning;
    if (pace == 0)
        return ClockVerdict::Refused;
    nominal_pace_ = pace_ = parameters_.ns_per_tick_32 = pace;
    interval_ns_ = kShortestSpan_ns;
    set_deadline();
    return ClockVerdict::Followed;
}

// ns per tick since the first sample; 0 if no counter runs at such a pace.
uint64_t Clock::measured_pace(HostClockSample const& sample) const
{
    auto ticks = sample.tsc - first_.tsc;
    auto elapsed = sample.monotonic_ns - first_.monotonic_ns;
    if (sample.tsc <= first_.tsc || sample.monotonic_ns <= first_.monotonic_ns)
        return 0;
    while (elapsed >> 32) {
        elapsed >>= 1;
        ticks >>= 1;
    }
    if (ticks == 0)
        return 0;
    auto pace = (elapsed << 32) / ticks;
    return pace >= kSlowestPace && pace <= kFastestPace ? pace : 0;
}

ClockVerdict Clock::follow(HostClockSample const& sample, uint64_t now_tsc)
{
    if (sample.uncertainty_ticks > ticks_of(kLargestUncertainty_ns)) {
        go_on_without(now_tsc);
        return ClockVerdict::Imprecise;
    }
    auto then = now_at(sample.tsc);
    rebase(now_tsc, now_at(now_tsc));
    set_offsets(sample, then);
    if (!is_pace_fixed_)
        improve_pace(sample);
    interval_ns_ = std::min(interval_ns_ * 2, kLongestInterval_ns);
    bool made_good = adjust_pace(static_cast<int64_t>(sample.monotonic_ns - then));
    set_deadline();
    return made_good ? ClockVerdict::Followed : ClockVerdict::Slewed;
}

// The longer the span, the better the pace, until it is good enough to be kept. The first sample may have been a bad
// one, taken while the host did something else: then a better one takes its place.
void Clock::improve_pace(HostClockSample const& sample)
{
    bool is_first_bad = first_.uncertainty_ticks > ticks_of(kGoodUncertainty_ns);
    if (is_first_bad && first_.uncertainty_ticks / 4 > sample.uncertainty_ticks) {
        first_ = sample;
        return;
    }
    auto pace = measured_pace(sample);
    auto span = sample.monotonic_ns - first_.monotonic_ns;
    if (pace == 0 || span < kShortestSpan_ns)
        return;
    nominal_pace_ = pace_ = pace;
    is_pace_fixed_ = span >= kFixedAfter_ns;
}

// Chooses the pace that makes good what is missing until the next sample, or the nearest that is allowed; a part of it
// stays, so that a lasting difference to the host's pace is learned. It is small, because one bad sample must not spoil
// the pace for a program that sleeps long.
bool Clock::adjust_pace(int64_t behind_ns)
{
    auto largest = static_cast<int64_t>(interval_ns_ * kLargestSlew_ppm / 1'000'000);
    auto correction = std::clamp(behind_ns, -largest, largest);
    auto change = static_cast<int64_t>(nominal_pace_) * correction / static_cast<int64_t>(interval_ns_);
    parameters_.ns_per_tick_32 = allowed_pace(pace_ + static_cast<uint64_t>(change));
    auto most = static_cast<int64_t>(nominal_pace_ / 1'000'000 * kLargestLesson_ppm);
    pace_ = allowed_pace(pace_ + static_cast<uint64_t>(std::clamp(change / 4, -most, most)));
    return correction == behind_ns;
}

uint64_t Clock::allowed_pace(uint64_t pace) const
{
    auto margin = nominal_pace_ / 1'000'000 * kLargestSlew_ppm;
    return std::clamp(pace, nominal_pace_ - margin, nominal_pace_ + margin);
}

void Clock::rebase(uint64_t tsc, uint64_t monotonic_ns)
{
    parameters_.base_tsc = tsc;
    parameters_.monotonic_ns = monotonic_ns;
}

// The host reads its clocks one after the other, so their differences are exact where ours to theirs are not.
void Clock::set_offsets(HostClockSample const& sample, uint64_t monotonic_ns)
{
    bool is_near = distance(sample.monotonic_ns, monotonic_ns) < kStep_ns;
    auto reference = is_near ? sample.monotonic_ns : monotonic_ns;
    auto follow_host = [&](uint64_t& offset, uint64_t host_time) {
        auto wanted = host_time - reference;
        if (distance(wanted, offset) >= kStep_ns)
            offset = wanted;
    };
    follow_host(parameters_.realtime_offset_ns, sample.realtime_ns);
    follow_host(parameters_.tai_offset_ns, sample.tai_ns);
    auto suspended = sample.boottime_ns - sample.monotonic_ns;
    auto longer = suspended - parameters_.boottime_offset_ns;
    if (longer >= kStep_ns && longer < kLargestTime_ns) // boottime does not go back either
        parameters_.boottime_offset_ns = suspended;
}

void Clock::set_deadline()
{
    parameters_.deadline_tsc = is_running() ? parameters_.base_tsc + ticks_of(interval_ns_) : 0;
}

// At most a second: fits.
uint64_t Clock::ticks_of(uint64_t ns) const { return (ns << 32) / nominal_pace_; }

} // namespace farl
