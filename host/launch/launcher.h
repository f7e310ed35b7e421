// Launcher: creates the enclave, lends it threads, executes its host calls. Untrusted: whatever it does wrong, the
// runtime must notice.
#pragma once

#include "abi/sgx/layout.h"
#include "abi/wire/hostcall.h"
#include "host/executor/async/worker_pool.h"
#include "host/launch/launch_options.h"
#include "host/platform/platform.h"

#include <atomic>
#include <pthread.h>

namespace farl::host {

class Launcher : private WorkerPool::Listener {
public:
    Launcher(Platform& platform, Executor& executor)
        : platform_(platform),
          executor_(executor),
          workers_(executor, *this)
    {
    }

    // Loads and runs the enclave. Returns only if it could not be started, after a line on stderr; the value is an exit
    // status.
    int run(LaunchOptions const& options);

private:
    struct CarrierThread {
        Launcher* launcher { nullptr };
        uint64_t index { 0 };
        wire::Entry entry { wire::Entry::Carrier };
        std::atomic<int> tid { 0 };
        std::atomic<bool> is_asleep { false };
        pthread_t thread {};
    };

    // What one carrier does outside the enclave.
    class CarrierLoop final : public OutcomeHandler {
    public:
        CarrierLoop(Launcher& launcher, uint64_t index) : launcher_(launcher), index_(index) { }
        std::optional<EntryLeaf> handle(Outcome const& outcome, LeafRegisters& registers) override;

    private:
        EntryLeaf handle_exit(wire::Exit why, LeafRegisters& registers);

        Launcher& launcher_;
        uint64_t index_;
        bool in_handler_ { false };
    };

    Result<> load_enclave(LaunchOptions const& options);
    Result<> prepare_memory(LaunchOptions const& options);

    // Serves one TCS for ever.
    [[noreturn]] void serve(uint64_t index, wire::Entry entry, uint64_t value);
    static void* carrier_main(void* carrier);
    void answer(uint64_t index, wire::HostCallSlot& slot);
    int64_t linux_call(wire::HostCallSlot const& slot);
    void follow_up(std::span<wire::BatchedCall> calls, int64_t result);
    int64_t farl_call(uint64_t index, wire::HostCallSlot& slot);
    int64_t quoting_target(sgx::TargetInfo& target);
    int64_t quote(sgx::Report const& report, std::span<std::byte> room);
    int64_t call_batch(std::span<wire::BatchedCall> calls);
    int64_t spawn_carrier(wire::Entry entry);
    int64_t sleep_carrier(uint64_t index, wire::HostCallSlot& slot);
    int64_t wake_carrier(uint64_t index);
    bool on_response() override;
    void on_untaken_response() override;
    bool is_anybody_inside() const;
    int64_t interrupt_carrier(uint64_t index);
    int64_t set_tick(bool enabled);
    static void* tick_main(void* launcher);

    Platform& platform_;
    Executor& executor_;
    WorkerPool workers_;
    std::atomic<uint32_t> sleeping_carriers_ { 0 };
    Owned<Enclave> enclave_;
    wire::HostCallSlot* slots_ { nullptr };
    wire::StartInfo start_ {};
    CarrierThread carriers_[sgx::kTcsCount];
    std::atomic<uint64_t> next_carrier_ { 1 };
    std::atomic<bool> tick_running_ { false };
    std::atomic<uint32_t> tick_enabled_ { 0 };
};

} // namespace farl::host
