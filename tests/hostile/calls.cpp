#include "tests/hostile/calls.h"

#include <algorithm>
#include <sys/syscall.h>

namespace farl::host {

namespace {

constexpr KnownCall kCalls[] = {
#define CALL(name, kind, argument, scenario) { #name, SYS_##name, AnswerKind::kind, argument },
#define FARL(name, scenario) { #name, static_cast<uint64_t>(wire::FarlCall::name), AnswerKind::Status, -1 },
#include "tests/hostile/calls.def"
#undef CALL
#undef FARL
};

template <typename Condition>
KnownCall const* first(Condition&& condition)
{
    auto const* found = std::find_if(std::begin(kCalls), std::end(kCalls), condition);
    return found == std::end(kCalls) ? nullptr : found;
}

} // namespace

KnownCall const* find_call(uint64_t number)
{
    return first([&](KnownCall const& call) { return call.number == number; });
}

KnownCall const* find_call(std::string_view name)
{
    return first([&](KnownCall const& call) { return call.name == name; });
}

} // namespace farl::host
