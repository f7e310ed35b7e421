// Makes a runnable copy of an ELF file in which every site of its patch table is patched, so that programs show whether
// the stubs are right. A new segment holds the stubs, the page that GS points to, and an entry that only does the
// system call. It has no state and needs no stack: for each return address there is a thunk `syscall; jmp back` at a
// constant distance. The copy's start sets GS; clone, fork and signals keep it. A signal during a call sees RIP in the
// thunk.
#pragma once

#include "base/result.h"

#include <string>

namespace farl::test {

enum class Thunks {
    DoTheCall,
    Crash, // ud2: shows that a program really runs through the stubs
};

struct PatchedElf {
    uint32_t applied;
    uint32_t failed;
};

// ENOTSUP if the file has no program header to spare or is too large.
Result<PatchedElf> write_patched_elf(std::string const& from, std::string const& to, Thunks thunks = Thunks::DoTheCall);

} // namespace farl::test
