// WorkerRoster: which workers there are, and which of them sleep. Only workers that fall asleep, and those who wake or
// start one, come here, so one lock is enough.
#pragma once

#include "abi/wire/hostcall.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace farl::host {

class WorkerRoster {
public:
    // What is published, for reports: written under the lock.
    void initialise(wire::WorkerCounts& counts) { counts_ = &counts; }

    void add();
    void remove();

    // Tells one who sleeps to get up; false if all of them have been told so already.
    bool wake_sleeper();

    // A worker that is about to sleep: from now on it may be told to get up, and then has to take that note: by
    // sleeping until it comes, or by staying awake.
    void lie_down();
    // True if it had been told.
    bool stay_awake();
    enum class Woken { Told, ToLeave }; // who slept so long without being told is off the roster, unless it is the last
    Woken sleep(std::chrono::nanoseconds longest);

private:
    std::mutex lock_;
    std::condition_variable bell_;
    wire::WorkerCounts* counts_ { nullptr };
    uint64_t count_ { 0 };
    uint64_t sleeping_ { 0 };
    uint64_t told_ { 0 }; // of them
};

} // namespace farl::host
