#include "owner/rewrite/branch_targets.h"

#include <algorithm>

namespace farl::owner {

namespace {

class TargetFinder {
public:
    TargetFinder(ElfImage const& image, std::vector<Stretch> const& stretches)
        : image_(image),
          stretches_(stretches),
          targets_(image)
    {
    }

    AddressSet take() { return std::move(targets_); }

    void add_facts(CodeFacts const& facts)
    {
        targets_.add(image_.entry());
        for (auto const& symbol : facts.symbols)
            targets_.add(symbol.vaddr);
        for (auto const& relocation : facts.relocations)
            targets_.add(relocation.target);
        for (auto const vaddr : facts.go_functions)
            targets_.add(vaddr);
        for (auto const& function : facts.frame_functions) {
            targets_.add(code_begin(function));
            if (function.exception_table == 0)
                continue;
            for (auto const pad : read_landing_pads(image_, function))
                targets_.add(pad);
        }
    }

    void sweep_all(Decoder const& decoder)
    {
        for (auto const& stretch : stretches_) {
            if (stretch.trust != Trust::Data)
                sweep(stretch, decoder);
        }
    }

    // Decodes all of it; after an error, tries again a byte later.
    void sweep(Stretch const& stretch, Decoder const& decoder)
    {
        auto bytes = image_.bytes_at(stretch.begin, stretch.end - stretch.begin);
        Instruction next;
        while (!bytes.empty()) {
            if (decoder.decode(bytes, stretch.end - bytes.size(), next))
                add_instruction(next);
            else
                next.size = 1;
            bytes = bytes.subspan(next.size);
        }
    }

    // Any address that the code loads may be that of a jump table; it ends where the next one begins.
    void add_jump_tables()
    {
        std::sort(possible_tables_.begin(), possible_tables_.end());
        auto const end = std::unique(possible_tables_.begin(), possible_tables_.end());
        possible_tables_.erase(end, possible_tables_.end());
        for (size_t i = 0; i < possible_tables_.size(); ++i) {
            bool const is_last = i + 1 == possible_tables_.size();
            if (!is_in_function(possible_tables_[i]))
                add_jump_table(possible_tables_[i], is_last ? UINT64_MAX : possible_tables_[i + 1]);
        }
    }

    // Code at a fixed address needs no relocations: any aligned word of the data may be a pointer.
    void add_pointers_in_data()
    {
        for (auto const& segment : image_.segments()) {
            if (segment.is_executable)
                continue;
            ByteReader reader(segment.bytes);
            reader.take(-segment.vaddr % sizeof(uint64_t));
            while (reader.remaining() >= sizeof(uint64_t))
                targets_.add(reader.read<uint64_t>());
        }
    }

private:
    bool is_in_function(uint64_t vaddr) const
    {
        auto const ends_above = [](uint64_t value, Stretch const& stretch) { return value < stretch.end; };
        auto const found = std::upper_bound(stretches_.begin(), stretches_.end(), vaddr, ends_above);
        return found != stretches_.end() && found->begin <= vaddr && found->trust == Trust::Function;
    }

    void add_instruction(Instruction const& instruction)
    {
        if (instruction.branch_target != 0)
            targets_.add(instruction.branch_target);
        if (instruction.kind == InstructionKind::BranchMark)
            targets_.add(instruction.vaddr);
        if (instruction.has_rip_operand)
            targets_.add(instruction.memory_target);
        if (instruction.kind == InstructionKind::Lea && instruction.has_rip_operand)
            possible_tables_.push_back(instruction.memory_target);
        if (image_.has_fixed_address() && instruction.constant != 0)
            targets_.add(instruction.constant);
    }

    // What compilers make of a switch: 32-bit offsets from the table itself. Ends at what cannot be one.
    void add_jump_table(uint64_t table, uint64_t end)
    {
        ByteReader reader(image_.bytes_from(table));
        for (auto place = table; place < end && reader.remaining() >= sizeof(int32_t); place += sizeof(int32_t)) {
            auto const target = table + static_cast<uint64_t>(int64_t { reader.read<int32_t>() });
            if (!targets_.is_code(target))
                break;
            targets_.add(target);
        }
    }

    ElfImage const& image_;
    std::vector<Stretch> const& stretches_;
    AddressSet targets_;
    std::vector<uint64_t> possible_tables_;
};

} // namespace

AddressSet find_branch_targets(
    ElfImage const& image, CodeFacts const& facts, std::vector<Stretch> const& stretches, Decoder const& decoder)
{
    TargetFinder finder(image, stretches);
    finder.add_facts(facts);
    finder.sweep_all(decoder);
    finder.add_jump_tables();
    if (image.has_fixed_address())
        finder.add_pointers_in_data();
    return finder.take();
}

AddressSet find_relocated_code(ElfImage const& image, CodeFacts const& facts)
{
    AddressSet places(image);
    for (auto const& relocation : facts.relocations) {
        for (uint64_t i = 0; i < sizeof(uint64_t); ++i)
            places.add(relocation.place + i);
    }
    return places;
}

} // namespace farl::owner
