// The launcher's threads that lend themselves to the enclave: how they come, sleep and are interrupted.
#include "host/launch/launcher.h"
#include "host/launch/signals.h"

#include <cerrno>
#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr size_t kCarrierStackSize = 256 * 1024;
constexpr long kTickNs = 10'000'000;

long futex(uint64_t* word, int operation, uint32_t value, timespec const* timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, nullptr, 0);
}

} // namespace

void* Launcher::carrier_main(void* argument)
{
    auto& carrier = *static_cast<CarrierThread*>(argument);
    carrier.launcher->serve(carrier.index, carrier.entry, 0);
}

int64_t Launcher::spawn_carrier(wire::Entry entry)
{
    auto index = next_carrier_.fetch_add(1);
    if (index >= sgx::kTcsCount) {
        next_carrier_.fetch_sub(1);
        return -EAGAIN;
    }
    auto& carrier = carriers_[index];
    carrier.launcher = this;
    carrier.index = index;
    carrier.entry = entry;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kCarrierStackSize);
    auto error = pthread_create(&carrier.thread, &attributes, carrier_main, &carrier);
    pthread_attr_destroy(&attributes);
    return -error;
}

int64_t Launcher::sleep_carrier(uint64_t index, wire::HostCallSlot& slot)
{
    auto timeout_ns = slot.arguments[1];
    timespec timeout { static_cast<time_t>(timeout_ns / 1'000'000'000), static_cast<long>(timeout_ns % 1'000'000'000) };
    // Whoever answers a call looks for sleepers after that; so the other way round here.
    carriers_[index].is_asleep.store(true);
    sleeping_carriers_.fetch_add(1);
    if (workers_.response_count() == slot.arguments[2])
        futex(&slot.futex_word, FUTEX_WAIT_PRIVATE, static_cast<uint32_t>(slot.arguments[0]),
            timeout_ns == ~0ull ? nullptr : &timeout);
    sleeping_carriers_.fetch_sub(1);
    carriers_[index].is_asleep.store(false);
    return 0;
}

bool Launcher::is_anybody_inside() const
{
    auto count = next_carrier_.load();
    for (uint64_t i = 0; i < count; ++i)
        if (!__atomic_load_n(&slots_[i].is_outside, __ATOMIC_RELAXED))
            return true;
    return false;
}

// Who is inside now may leave without having looked: then nobody takes it, and the worker says so.
bool Launcher::on_response()
{
    if (sleeping_carriers_.load() == 0)
        return true;
    if (is_anybody_inside())
        return false;
    on_untaken_response();
    return true;
}

void Launcher::on_untaken_response()
{
    auto count = next_carrier_.load();
    for (uint64_t i = 0; i < count; ++i) {
        if (carriers_[i].is_asleep.exchange(false)) {
            wake_carrier(i);
            return;
        }
    }
}

int64_t Launcher::wake_carrier(uint64_t index)
{
    if (index >= sgx::kTcsCount)
        return -EINVAL;
    auto& word = slots_[index].futex_word;
    __atomic_fetch_add(reinterpret_cast<uint32_t*>(&word), 1, __ATOMIC_SEQ_CST);
    futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr);
    return 0;
}

int64_t Launcher::interrupt_carrier(uint64_t index)
{
    auto tid = index < sgx::kTcsCount ? carriers_[index].tid.load() : 0;
    if (tid)
        syscall(SYS_tgkill, getpid(), tid, kick_signal());
    return 0;
}

void* Launcher::tick_main(void* argument)
{
    auto& launcher = *static_cast<Launcher*>(argument);
    for (;;) {
        while (!launcher.tick_enabled_.load())
            syscall(SYS_futex, &launcher.tick_enabled_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
        timespec const period { 0, kTickNs };
        nanosleep(&period, nullptr);
        auto count = launcher.next_carrier_.load();
        for (uint64_t i = 0; i < count && launcher.tick_enabled_.load(); ++i)
            if (!launcher.slots_[i].is_outside)
                launcher.interrupt_carrier(i);
    }
}

int64_t Launcher::set_tick(bool enabled)
{
    tick_enabled_.store(enabled);
    if (!enabled)
        return 0;
    if (!tick_running_.exchange(true)) {
        pthread_t thread;
        if (auto error = pthread_create(&thread, nullptr, tick_main, this))
            return -error;
    }
    syscall(SYS_futex, &tick_enabled_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    return 0;
}

} // namespace farl::host
