#include "owner/rewrite/site_finder.h"

#include <algorithm>

namespace farl::owner {

namespace {

// More than the largest window can hold on either side.
constexpr size_t kContext = 16;

std::vector<uint64_t> find_syscall_bytes(ElfImage const& image)
{
    static constexpr char kSyscall[] { 0x0f, 0x05 };
    std::vector<uint64_t> found;
    for (auto const& segment : image.segments()) {
        if (!segment.is_executable)
            continue;
        std::string_view const text(reinterpret_cast<char const*>(segment.bytes.data()), segment.bytes.size());
        std::string_view const wanted(kSyscall, sizeof(kSyscall));
        for (auto at = text.find(wanted); at != text.npos; at = text.find(wanted, at + 1))
            found.push_back(segment.vaddr + at);
    }
    return found;
}

struct DecodedStretch {
    std::vector<Instruction> instructions; // up to the first one that is none
    bool is_sound;                         // all of it decodes, and nothing in it is implausible
};

DecodedStretch decode(ElfImage const& image, Stretch const& stretch, Decoder const& decoder)
{
    auto bytes = image.bytes_at(stretch.begin, stretch.end - stretch.begin);
    DecodedStretch result { {}, true };
    for (Instruction next; !bytes.empty(); bytes = bytes.subspan(next.size)) {
        if (!decoder.decode(bytes, stretch.end - bytes.size(), next)) {
            result.is_sound = false;
            break;
        }
        result.is_sound &= next.kind != InstructionKind::Implausible;
        result.instructions.push_back(next);
    }
    return result;
}

Site site_at(std::vector<Instruction> const& instructions, size_t index)
{
    auto const first = index - std::min(index, kContext);
    auto const last = std::min(instructions.size(), index + kContext + 1);
    auto const begin = instructions.begin();
    return { { begin + static_cast<ptrdiff_t>(first), begin + static_cast<ptrdiff_t>(last) }, index - first };
}

class SiteFinder {
public:
    SiteFinder(ElfImage const& image, std::vector<Stretch> const& stretches, Decoder const& decoder)
        : image_(image),
          stretches_(stretches),
          decoder_(decoder)
    {
    }

    FoundSites find()
    {
        auto const candidates = find_syscall_bytes(image_);
        for (size_t i = 0; i < stretches_.size(); ++i) {
            auto const first = std::lower_bound(candidates.begin(), candidates.end(), stretches_[i].begin);
            if (first != candidates.end() && *first < stretches_[i].end)
                search(i);
        }
        return std::move(found_);
    }

private:
    void search(size_t stretch_index)
    {
        auto const& stretch = stretches_[stretch_index];
        auto decoded = decode(image_, stretch, decoder_);
        bool const is_code = stretch.trust == Trust::Function || (stretch.trust == Trust::Unproven && decoded.is_sound);
        auto const before = is_code ? prepend_neighbour(stretch_index, decoded.instructions) : 0;
        for (size_t i = before; i < decoded.instructions.size(); ++i) {
            if (decoded.instructions[i].kind != InstructionKind::Syscall)
                continue;
            if (is_code)
                found_.sites.push_back(site_at(decoded.instructions, i));
            else
                found_.unproven.push_back(decoded.instructions[i].vaddr);
        }
    }

    // A stretch may begin in the middle of a function (glibc's clone ends its FDE before the syscall). Returns the
    // count of instructions that were added.
    size_t prepend_neighbour(size_t stretch_index, std::vector<Instruction>& instructions) const
    {
        auto const begin = stretches_[stretch_index].begin;
        if (stretch_index == 0 || instructions.empty() || instructions[0].kind != InstructionKind::Syscall)
            return 0;
        auto const& neighbour = stretches_[stretch_index - 1];
        auto const decoded = decode(image_, neighbour, decoder_);
        bool const is_code = neighbour.trust == Trust::Function && decoded.is_sound;
        if (!is_code || decoded.instructions.empty() || decoded.instructions.back().end() != begin)
            return 0;
        instructions.insert(instructions.begin(), decoded.instructions.begin(), decoded.instructions.end());
        return decoded.instructions.size();
    }

    ElfImage const& image_;
    std::vector<Stretch> const& stretches_;
    Decoder const& decoder_;
    FoundSites found_;
};

} // namespace

FoundSites find_sites(ElfImage const& image, std::vector<Stretch> const& stretches, Decoder const& decoder)
{
    return SiteFinder(image, stretches, decoder).find();
}

} // namespace farl::owner
