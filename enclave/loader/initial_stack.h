// What a new program finds on its stack: argc, argv, envp, the auxiliary vector and the strings they point to, as
// Linux's fs/exec.c and fs/binfmt_elf.c lay them out on x86-64. Pure: fills bytes destined for given addresses.
#pragma once

#include "abi/linux/elf.h"
#include "base/vector.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace farl {

struct AuxiliaryValues {
    uint64_t vdso { 0 }; // 0: none
    uint64_t minimum_signal_stack { 0 };
    uint64_t hwcap { 0 };
    uint64_t hwcap2 { 0 };
    uint64_t program_headers { 0 };
    uint64_t program_header_count { 0 };
    uint64_t interpreter_base { 0 };
    uint64_t entry { 0 };
    uint32_t uid { 0 };
    uint32_t euid { 0 };
    uint32_t gid { 0 };
    uint32_t egid { 0 };
    std::array<std::byte, 16> random {};
};

// No string contains a NUL.
struct InitialStackRequest {
    std::span<std::string_view const> arguments;
    std::span<std::string_view const> environment;
    std::string_view executable; // AT_EXECFN
    AuxiliaryValues auxiliary;
    uint64_t top { 0 };               // page-aligned end of the stack
    uint64_t stack_limit { 8 << 20 }; // RLIMIT_STACK
};

struct InitialStack {
    Vector<std::byte> bytes;        // for [top - bytes.size(), top)
    uint64_t stack_pointer { 0 };   // where argc is: top - bytes.size(), a multiple of 16
    uint64_t arguments_start { 0 }; // for /proc/self/cmdline and environ
    uint64_t arguments_end { 0 };
    uint64_t environment_start { 0 };
    uint64_t environment_end { 0 };
    uint64_t auxiliary_start { 0 }; // for /proc/self/auxv
    uint64_t auxiliary_end { 0 };
};

// E2BIG where execve(2) says so; ENOMEM; EINVAL for a string with a NUL.
Result<InitialStack> build_initial_stack(InitialStackRequest const& request);

} // namespace farl
