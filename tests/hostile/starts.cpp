#include "tests/hostile/starts.h"

#include "abi/sgx/layout.h"

namespace farl::host {

namespace {

constexpr uint64_t kInside = sgx::kRuntimeHeapBase;

struct {
    char const* name;
    void (*forge)(wire::StartInfo&);
} const kForgeries[] = {
    { "version", [](wire::StartInfo& info) { ++info.version; } },
    { "config_inside", [](wire::StartInfo& info) { info.config_address = kInside; } },
    { "config_nowhere", [](wire::StartInfo& info) { info.config_address = 0; } },
    { "config_unaligned", [](wire::StartInfo& info) { info.config_address += 4; } },
    { "config_reaches_inside", [](wire::StartInfo& info) { info.config_address = -8ull, info.config_size = 4096; } },
    { "config_huge", [](wire::StartInfo& info) { info.config_size = UINT64_MAX; } },
    { "config_empty", [](wire::StartInfo& info) { info.config_size = 0; } },
    { "arena_inside", [](wire::StartInfo& info) { info.arena_address = kInside; } },
    { "arena_around", [](wire::StartInfo& info) { info.arena_address = 8, info.arena_size = 1ull << 46; } },
    { "arena_wraps", [](wire::StartInfo& info) { info.arena_size = -info.arena_address + 4096; } },
    { "arena_unaligned", [](wire::StartInfo& info) { info.arena_address += 1; } },
    { "slots_inside", [](wire::StartInfo& info) { info.slots_address = kInside; } },
    { "slots_nowhere", [](wire::StartInfo& info) { info.slots_address = 0; } },
    { "slots_unaligned", [](wire::StartInfo& info) { info.slots_address += 4; } },
    { "process_zero", [](wire::StartInfo& info) { info.process_id = 0; } },
    { "process_huge", [](wire::StartInfo& info) { info.process_id = 0x7FFF'FFFF; } },
    { "clocks_inside", [](wire::StartInfo& info) { info.clock_samples = kInside; } },
    { "clocks_stand",
        [](wire::StartInfo& info) {
            auto* samples = reinterpret_cast<wire::ClockSample*>(info.clock_samples);
            samples[1] = samples[0];
        } },
    { "clocks_go_back",
        [](wire::StartInfo& info) {
            auto* samples = reinterpret_cast<wire::ClockSample*>(info.clock_samples);
            std::swap(samples[0], samples[1]);
        } },
};

} // namespace

std::unique_ptr<Attack> ForgedStart::create(std::string const& name)
{
    for (auto const& [known, forge] : kForgeries)
        if (name == known)
            return std::make_unique<ForgedStart>(forge);
    return nullptr;
}

} // namespace farl::host
