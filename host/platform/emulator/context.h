// The registers of an interrupted state, as unsigned numbers. `index` is REG_... of sys/ucontext.h.
#pragma once

#include <cstdint>
#include <ucontext.h>

namespace farl::host {

inline uint64_t reg(ucontext_t const& context, int index)
{
    return static_cast<uint64_t>(context.uc_mcontext.gregs[index]);
}

inline void set_reg(ucontext_t& context, int index, uint64_t value)
{
    context.uc_mcontext.gregs[index] = static_cast<greg_t>(value);
}

} // namespace farl::host
