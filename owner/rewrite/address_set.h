// A set of addresses in the code of one file: a bit for each byte of its executable segments. Others are ignored.
#pragma once

#include "owner/rewrite/elf_image.h"

namespace farl::owner {

class AddressSet {
public:
    explicit AddressSet(ElfImage const& image)
    {
        for (auto const& segment : image.segments()) {
            if (segment.is_executable)
                parts_.push_back({ segment.vaddr, std::vector<bool>(segment.bytes.size()) });
        }
    }

    bool is_code(uint64_t vaddr) const { return part_of(vaddr) != nullptr; }

    void add(uint64_t vaddr)
    {
        for (auto& part : parts_) {
            if (vaddr - part.begin < part.bits.size())
                part.bits[vaddr - part.begin] = true;
        }
    }

    bool contains(uint64_t vaddr) const
    {
        auto const* part = part_of(vaddr);
        return part && part->bits[vaddr - part->begin];
    }

    bool contains_any(uint64_t begin, uint64_t end) const
    {
        for (auto vaddr = begin; vaddr < end; ++vaddr) {
            if (contains(vaddr))
                return true;
        }
        return false;
    }

private:
    struct Part {
        uint64_t begin;
        std::vector<bool> bits;
    };

    Part const* part_of(uint64_t vaddr) const
    {
        for (auto const& part : parts_) {
            if (vaddr - part.begin < part.bits.size())
                return &part;
        }
        return nullptr;
    }

    std::vector<Part> parts_;
};

} // namespace farl::owner
