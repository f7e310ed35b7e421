// One x86-64 instruction, with what moving it needs to know. The only file that knows the disassembler is decoder.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace farl::owner {

enum class InstructionKind : uint8_t {
    Plain,           // may move
    Syscall,         // 0f 05, without prefixes
    Jump,            // direct and unconditional
    ConditionalJump, // direct; jcc only
    Leave,           // ret, indirect jmp: may move, and nothing follows
    Call,            // pushes the address of what follows
    Lea,             // may move
    BranchMark,      // endbr64
    Fixed,           // must stay: loop, jrcxz, xbegin, traps, 32-bit relative addresses, other syscall-like ones
    Implausible,     // must stay, and is not in programs: privileged or far
};

struct Instruction {
    uint64_t vaddr;
    uint64_t branch_target; // of Jump, ConditionalJump, Call and Fixed with a relative operand; else 0
    uint64_t memory_target; // of a RIP-relative operand; else 0
    uint64_t constant;      // an immediate or absolute displacement that may be an address; else 0
    uint8_t size;
    uint8_t displacement_offset; // of a RIP-relative operand
    InstructionKind kind;
    bool has_rip_operand;

    uint64_t end() const { return vaddr + size; }
};

class Decoder {
public:
    Decoder();
    ~Decoder();

    // False if the bytes are no instruction.
    bool decode(std::span<std::byte const> bytes, uint64_t vaddr, Instruction& instruction) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace farl::owner
