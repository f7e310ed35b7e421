// HostUser: in whose name carriers make their host calls. The ids of a process are the program's to change, those of a
// host thread are the kernel's: a carrier takes the program's on before its next host call, so that the files of the
// host are opened, and get their owners, as they would natively. Inside, nothing rests on it.
#pragma once

#include "base/result.h"
#include "base/spinlock.h"
#include "base/vector.h"

#include <atomic>

namespace farl {

struct HostIds {
    uint32_t real { 0 }, effective { 0 }, saved { 0 }, file { 0 };
};

struct HostCapabilities {
    uint64_t permitted { 0 }, effective { 0 };
};

class HostUser {
public:
    void set(HostIds users, HostIds groups, HostCapabilities capabilities);
    Result<> set_supplementary_groups(std::span<uint32_t const> groups);

    // Only ever differs after one of the above.
    bool is_of(uint64_t generation) const { return generation == generation_.load(std::memory_order_relaxed); }
    // Makes the current carrier's thread act for this user, and workers too.
    void take_on();
    // Whether workers do.
    bool is_of_workers() const { return is_of(worker_generation_.load(std::memory_order_relaxed)); }

private:
    void take_on_present();

    Spinlock lock_;
    std::atomic<uint64_t> generation_ { 0 };
    std::atomic<uint64_t> worker_generation_ { 0 };
    HostIds users_;
    HostIds groups_;
    HostCapabilities capabilities_;
    bool has_ids_ { false };
    bool has_supplementary_groups_ { false };
    Vector<uint32_t> supplementary_groups_;
};

HostUser& host_user();

} // namespace farl
