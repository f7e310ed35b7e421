#include "owner/rewrite/window_chooser.h"

#include "owner/rewrite/stub_builder.h"

namespace farl::owner {

namespace {

using patch::PatchSite;
using patch::SkipReason;

uint64_t size_of(Site const& site, Window window)
{
    return site.instructions[window.last].end() - site.instructions[window.first].vaddr;
}

// The best one ends at the syscall and leaves it in place behind the jump. Others are just large enough: first one that
// also ends there, then those that begin closest to it.
std::vector<Window> possible_windows(Site const& site)
{
    std::vector<Window> windows;
    for (auto const size : { patch::kJumpSize + patch::kSyscallSize, patch::kJumpSize }) {
        auto first = site.index;
        while (first > 0 && size_of(site, { first, site.index }) < size)
            --first;
        if (size_of(site, { first, site.index }) >= size)
            windows.push_back({ first, site.index });
    }
    for (auto first = site.index + 1; first-- > 0;) {
        auto last = site.index;
        while (last + 1 < site.instructions.size() && size_of(site, { first, last }) < patch::kJumpSize)
            ++last;
        if (last == site.index)
            break;
        if (size_of(site, { first, last }) >= patch::kJumpSize)
            windows.push_back({ first, last });
    }
    return windows;
}

bool sets_rt_sigreturn(std::span<std::byte const> instruction)
{
    static constexpr uint8_t kLong[] { 0x48, 0xc7, 0xc0, 15, 0, 0, 0 };
    static constexpr uint8_t kShort[] { 0xb8, 15, 0, 0, 0 };
    auto const is = [&](auto const& wanted) {
        return instruction.size() == sizeof(wanted) && std::memcmp(instruction.data(), wanted, sizeof(wanted)) == 0;
    };
    return is(kLong) || is(kShort);
}

} // namespace

WindowChooser::WindowChooser(ElfImage const& image, CodeFacts const& facts, AddressSet const& targets)
    : image_(image),
      targets_(targets),
      relocated_(find_relocated_code(image, facts))
{
    for (auto const& function : facts.frame_functions) {
        if (function.is_signal_frame)
            signal_frames_.push_back(function);
    }
}

// libgcc and libunwind know the restorer by its bytes: mov $15,%rax; syscall.
bool WindowChooser::is_signal_return(Site const& site) const
{
    auto const vaddr = site.syscall().vaddr;
    for (auto const& frame : signal_frames_) {
        if (vaddr >= frame.begin && vaddr < frame.end)
            return true;
    }
    if (site.index == 0)
        return false;
    auto const& before = site.instructions[site.index - 1];
    return sets_rt_sigreturn(image_.bytes_at(before.vaddr, before.size));
}

std::variant<PatchSite, SkipReason> WindowChooser::attempt(Site const& site, Window window) const
{
    auto const begin = site.instructions[window.first].vaddr;
    auto const end = site.instructions[window.last].end();
    if (begin < free_from_)
        return SkipReason::Overlap;
    if (targets_.contains_any(begin + 1, end))
        return SkipReason::BranchTarget;
    if (relocated_.contains_any(begin, end))
        return SkipReason::Relocated;
    if (end - begin > patch::kLargestWindow)
        return SkipReason::NotRelocatable;
    if (auto built = build_site(image_, site, window))
        return *built;
    return SkipReason::NotRelocatable;
}

std::variant<PatchSite, SkipReason> WindowChooser::choose(Site const& site)
{
    if (is_signal_return(site))
        return SkipReason::SignalReturn;
    auto reason = SkipReason::TooShort;
    for (auto const window : possible_windows(site)) {
        auto const result = attempt(site, window);
        if (auto const* built = std::get_if<PatchSite>(&result)) {
            free_from_ = built->window_end();
            return *built;
        }
        if (reason == SkipReason::TooShort)
            reason = std::get<SkipReason>(result);
    }
    return reason;
}

} // namespace farl::owner
