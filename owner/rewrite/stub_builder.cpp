#include "owner/rewrite/stub_builder.h"

#include <algorithm>

namespace farl::owner {

namespace {

constexpr uint8_t kJump = 0xe9;

bool may_move_before(InstructionKind kind)
{
    return kind == InstructionKind::Plain || kind == InstructionKind::Lea || kind == InstructionKind::BranchMark;
}

bool leaves(InstructionKind kind) { return kind == InstructionKind::Leave || kind == InstructionKind::Jump; }

// Whatever may leave the stub must be its last instruction, because a short branch grows.
bool may_move_after(InstructionKind kind, bool is_last)
{
    return may_move_before(kind) || (is_last && (leaves(kind) || kind == InstructionKind::ConditionalJump));
}

class StubBuilder {
public:
    StubBuilder(ElfImage const& image, Site const& site, Window window)
        : image_(image),
          site_(site),
          window_(window),
          window_vaddr_(site.instructions[window.first].vaddr)
    {
        result_.window_vaddr = window_vaddr_;
        result_.window_size = static_cast<uint8_t>(site.instructions[window.last].end() - window_vaddr_);
        result_.syscall_offset = static_cast<uint8_t>(site.syscall().vaddr - window_vaddr_);
        auto const bytes = image.bytes_at(window_vaddr_, result_.window_size);
        std::memcpy(result_.original, bytes.data(), bytes.size());
    }

    std::optional<patch::PatchSite> build()
    {
        if (!can_move())
            return {};
        for (size_t i = window_.first; i < site_.index; ++i)
            move(site_.instructions[i]);
        enter_runtime();
        for (size_t i = site_.index + 1; i <= window_.last; ++i)
            move(site_.instructions[i]);
        if (!result_.returns_to_text() && !leaves(site_.instructions[window_.last].kind))
            branch(std::span(&kJump, 1), window_vaddr_ + result_.window_size);
        return has_room_ ? std::optional(result_) : std::nullopt;
    }

private:
    bool can_move() const
    {
        for (size_t i = window_.first; i <= window_.last; ++i) {
            auto const kind = site_.instructions[i].kind;
            if (i < site_.index && !may_move_before(kind))
                return false;
            if (i > site_.index && !may_move_after(kind, i == window_.last))
                return false;
        }
        return true;
    }

    void move(Instruction const& instruction)
    {
        if (instruction.branch_target != 0)
            return move_branch(instruction);
        auto const bytes = bytes_of(instruction);
        auto const begin = result_.stub_size;
        append(bytes);
        if (!instruction.has_rip_operand)
            return;
        auto const displacement = instruction.memory_target - (window_vaddr_ + begin + instruction.size);
        fix_up(begin + instruction.displacement_offset, displacement);
    }

    // In its long form: e9 rel32, or 0f 8x rel32.
    void move_branch(Instruction const& instruction)
    {
        if (instruction.kind == InstructionKind::Jump)
            return branch(std::span(&kJump, 1), instruction.branch_target);
        auto const bytes = bytes_of(instruction);
        auto const is_short = instruction.size - 1 < 4;
        auto const condition = static_cast<uint8_t>(bytes[instruction.size - (is_short ? 2 : 5)]) & 0x0f;
        uint8_t const opcode[] { 0x0f, static_cast<uint8_t>(0x80 | condition) };
        branch(opcode, instruction.branch_target);
    }

    void branch(std::span<uint8_t const> opcode, uint64_t target)
    {
        append(opcode);
        auto const at = result_.stub_size;
        append(std::array<uint8_t, 4> {});
        fix_up(at, target - (window_vaddr_ + at + 4));
    }

    void enter_runtime()
    {
        static constexpr uint8_t kLea[] { 0x48, 0x8d, 0x0d, 0, 0, 0, 0 };
        static constexpr uint8_t kJumpToEntry[] { 0x65, 0xff, 0x24, 0x25, 0x08, 0x00, 0x00, 0x00 };
        auto const begin = result_.stub_size;
        append(kLea);
        append(kJumpToEntry);
        auto const displacement = begin + patch::kLeaDisplacement;
        if (result_.returns_to_text())
            fix_up(displacement, uint64_t { result_.window_size } - (begin + patch::kLeaSize));
        else
            enter_again(displacement);
    }

    // Into the stub, behind a syscall: who restarts the call goes back by its size.
    void enter_again(size_t displacement)
    {
        static constexpr uint8_t kSyscall[] { 0x0f, 0x05 };
        append(kSyscall);
        write(displacement, patch::kReturnOffset - patch::kLeaSize);
    }

    void fix_up(size_t offset, uint64_t displacement)
    {
        write(offset, displacement);
        if (result_.fixup_count == patch::kLargestFixupCount)
            has_room_ = false;
        else
            result_.fixups[result_.fixup_count++] = static_cast<uint8_t>(offset);
    }

    void write(size_t offset, uint64_t displacement)
    {
        auto const value = static_cast<int32_t>(displacement);
        if (static_cast<int64_t>(displacement) != value || offset + sizeof(value) > sizeof(result_.stub))
            has_room_ = false;
        else
            std::memcpy(result_.stub + offset, &value, sizeof(value));
    }

    void append(std::span<uint8_t const> bytes)
    {
        if (bytes.size() > sizeof(result_.stub) - result_.stub_size) {
            has_room_ = false;
            return;
        }
        std::copy(bytes.begin(), bytes.end(), result_.stub + result_.stub_size);
        result_.stub_size = static_cast<uint8_t>(result_.stub_size + bytes.size());
    }

    std::span<uint8_t const> bytes_of(Instruction const& instruction) const
    {
        auto const bytes = image_.bytes_at(instruction.vaddr, instruction.size);
        return { reinterpret_cast<uint8_t const*>(bytes.data()), bytes.size() };
    }

    ElfImage const& image_;
    Site const& site_;
    Window window_;
    uint64_t window_vaddr_;
    patch::PatchSite result_ {};
    bool has_room_ { true };
};

} // namespace

std::optional<patch::PatchSite> build_site(ElfImage const& image, Site const& site, Window window)
{
    return StubBuilder(image, site, window).build();
}

} // namespace farl::owner
