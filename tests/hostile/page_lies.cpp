#include "tests/hostile/page_lies.h"

#include "host/platform/emulator/emulated_enclave.h"
#include "tests/hostile/told_page.h"

#include <algorithm>

namespace farl::host {

using wire::FarlCall;

std::unique_ptr<Attack> UndonePageCalls::create(std::string const& what)
{
    if (what == "trim")
        return std::make_unique<UndonePageCalls>(std::vector { FarlCall::TrimPages });
    if (what == "remove")
        return std::make_unique<UndonePageCalls>(std::vector { FarlCall::DiscardPages, FarlCall::ReleasePages });
    if (what == "change")
        return std::make_unique<UndonePageCalls>(
            std::vector { FarlCall::TrimPages, FarlCall::DiscardPages, FarlCall::ReleasePages });
    if (what == "restrict")
        return std::make_unique<UndonePageCalls>(std::vector { FarlCall::ProtectPages, FarlCall::RestrictPages });
    return nullptr;
}

void UndonePageCalls::before(HostCall& call)
{
    auto const is_undone = [&](FarlCall undone) { return call.number == static_cast<uint64_t>(undone); };
    if (std::none_of(undone_.begin(), undone_.end(), is_undone))
        return;
    call.instead = 0;
    ++count_;
}

void ReplacedPage::hear(std::string_view name)
{
    if (auto page = told_page(name))
        page_ = *page;
}

Outcome ReplacedPage::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    if (auto page = is_armed ? page_.exchange(0) : 0)
        MUST(static_cast<EmulatedEnclave&>(enclave).take_away({ page, 4096 }));
    return enclave.enter(tcs, leaf, registers);
}

} // namespace farl::host
