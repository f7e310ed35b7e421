#include "owner/rewrite/decoder.h"

#include <Zydis/Zydis.h>

namespace farl::owner {

struct Decoder::State {
    ZydisDecoder zydis;
};

namespace {

InstructionKind kind_of_relative(ZydisDecodedInstruction const& decoded)
{
    switch (decoded.mnemonic) {
    case ZYDIS_MNEMONIC_JMP:
        return InstructionKind::Jump;
    case ZYDIS_MNEMONIC_CALL:
        return InstructionKind::Call;
    case ZYDIS_MNEMONIC_JCXZ:
    case ZYDIS_MNEMONIC_JECXZ:
    case ZYDIS_MNEMONIC_JRCXZ:
    case ZYDIS_MNEMONIC_LOOP:
    case ZYDIS_MNEMONIC_LOOPE:
    case ZYDIS_MNEMONIC_LOOPNE:
    case ZYDIS_MNEMONIC_XBEGIN:
        return InstructionKind::Fixed;
    default:
        return InstructionKind::ConditionalJump;
    }
}

bool is_far_branch(ZydisDecodedInstruction const& decoded)
{
    auto const extension = decoded.raw.modrm.reg;
    return decoded.opcode == 0xff && (extension == 3 || extension == 5);
}

InstructionKind kind_of(ZydisDecodedInstruction const& decoded)
{
    switch (decoded.mnemonic) {
    case ZYDIS_MNEMONIC_SYSCALL:
        return decoded.length == 2 ? InstructionKind::Syscall : InstructionKind::Fixed;
    case ZYDIS_MNEMONIC_LEA:
        return InstructionKind::Lea;
    case ZYDIS_MNEMONIC_ENDBR64:
        return InstructionKind::BranchMark;
    case ZYDIS_MNEMONIC_RET:
        return decoded.opcode == 0xc2 || decoded.opcode == 0xc3 ? InstructionKind::Leave : InstructionKind::Implausible;
    case ZYDIS_MNEMONIC_JMP:
        return is_far_branch(decoded) ? InstructionKind::Implausible : InstructionKind::Leave;
    case ZYDIS_MNEMONIC_CALL:
        return is_far_branch(decoded) ? InstructionKind::Implausible : InstructionKind::Call;
    case ZYDIS_MNEMONIC_INT:
    case ZYDIS_MNEMONIC_INT1:
    case ZYDIS_MNEMONIC_INT3:
    case ZYDIS_MNEMONIC_HLT:
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
    case ZYDIS_MNEMONIC_SYSENTER:
    case ZYDIS_MNEMONIC_XABORT:
        return InstructionKind::Fixed;
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSD:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_CLI:
    case ZYDIS_MNEMONIC_STI:
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
    case ZYDIS_MNEMONIC_SYSEXIT:
    case ZYDIS_MNEMONIC_SYSRET:
        return InstructionKind::Implausible;
    default:
        return InstructionKind::Plain;
    }
}

void take_rip_operand(ZydisDecodedInstruction const& decoded, Instruction& instruction)
{
    instruction.has_rip_operand = true;
    instruction.displacement_offset = decoded.raw.disp.offset;
    instruction.memory_target = instruction.end() + static_cast<uint64_t>(decoded.raw.disp.value);
    if (decoded.address_width != 64)
        instruction.kind = InstructionKind::Fixed;
}

void take_constants(ZydisDecodedInstruction const& decoded, Instruction& instruction)
{
    if (decoded.raw.imm[0].size >= 32)
        instruction.constant = decoded.raw.imm[0].value.u;
    else if (decoded.raw.disp.size == 32 && !instruction.has_rip_operand)
        instruction.constant = static_cast<uint32_t>(decoded.raw.disp.value);
}

} // namespace

Decoder::Decoder() : state_(std::make_unique<State>())
{
    ZydisDecoderInit(&state_->zydis, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    ZydisDecoderEnableMode(&state_->zydis, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE);
}

Decoder::~Decoder() = default;

bool Decoder::decode(std::span<std::byte const> bytes, uint64_t vaddr, Instruction& instruction) const
{
    ZydisDecodedInstruction decoded;
    if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&state_->zydis, nullptr, bytes.data(), bytes.size(), &decoded)))
        return false;
    instruction = { vaddr, 0, 0, 0, decoded.length, 0, InstructionKind::Plain, false };
    if (decoded.raw.imm[0].is_relative) {
        instruction.kind = kind_of_relative(decoded);
        instruction.branch_target = instruction.end() + static_cast<uint64_t>(decoded.raw.imm[0].value.s);
        return true;
    }
    instruction.kind = kind_of(decoded);
    bool const has_modrm = decoded.raw.modrm.offset != 0;
    if (has_modrm && decoded.raw.modrm.mod == 0 && decoded.raw.modrm.rm == 5)
        take_rip_operand(decoded, instruction);
    take_constants(decoded, instruction);
    return true;
}

} // namespace farl::owner
