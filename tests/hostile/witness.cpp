#include "tests/hostile/witness.h"

#include <algorithm>
#include <cstring>

namespace farl::host {

namespace {

constexpr size_t kLookedAt = 128 * 1024; // behind each pointer

} // namespace

Witness::Witness(std::string const& marker)
{
    for (size_t i = 0; i + 1 < marker.size(); i += 2)
        marker_ += static_cast<char>(std::stoi(marker.substr(i, 2), nullptr, 16));
}

void Witness::start(wire::StartInfo& info)
{
    arena_ = info.arena_address;
    arena_end_ = arena_ + info.arena_size;
}

void Witness::look(HostCall const& call)
{
    for (int i = 0; i < 6; ++i) {
        auto const address = call.argument(i);
        if (address < arena_ || address >= arena_end_)
            continue;
        auto size = std::min<size_t>(kLookedAt, arena_end_ - address);
        if (!memmem(reinterpret_cast<void const*>(address), size, marker_.data(), marker_.size()))
            continue;
        std::lock_guard guard(lock_);
        if (reported_.insert(call.number).second)
            report("marker in call " + std::to_string(call.number));
    }
}

} // namespace farl::host
