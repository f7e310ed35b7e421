// CallBatch: Linux system calls that are made one after another for the price of leaving the enclave once: with room of
// their own, and without blocking. For one thread, on its stack.
#pragma once

#include "enclave/hostcall/channel.h"

namespace farl {

class CallBatch {
public:
    static constexpr size_t kMost = 16;
    static constexpr size_t kRoom = 4032; // with what tells the calls, these fill what a fiber has staged anyway

    // Told what became of a call, by run(). What lies in its room is as good as the answer says.
    class Caller {
    public:
        virtual void take_answer(uint64_t number, HostAnswer answer, HostAddress room) = 0;

    protected:
        ~Caller() = default;
    };

    // ENOMEM.
    static Result<> prepare(CallBatch& batch);
    bool is_full() const { return count_ == kMost; }
    // Where the next call may have its kRoom bytes.
    HostAddress room() const { return room_of(count_); }
    // The caller stays until it is told.
    void add(Caller& caller, uint64_t number, std::array<uint64_t, 6> arguments) { add(&caller, number, arguments); }
    // Nobody is told.
    void add(uint64_t number, std::array<uint64_t, 6> arguments) { add(nullptr, number, arguments); }
    void run();

private:
    void add(Caller* caller, uint64_t number, std::array<uint64_t, 6> arguments);
    HostAddress call_of(size_t index) const;
    HostAddress room_of(size_t index) const;

    Staging staging_;
    HostAddress start_;
    Caller* callers_[kMost];
    uint64_t numbers_[kMost];
    size_t count_ { 0 };
};

} // namespace farl
