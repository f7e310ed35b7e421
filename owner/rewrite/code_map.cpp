#include "owner/rewrite/code_map.h"

#include "owner/rewrite/go_functions.h"

#include <algorithm>

namespace farl::owner {

namespace {

struct Range {
    uint64_t begin;
    uint64_t end;
};

// Answers, for ascending addresses, whether any of the ranges holds one.
class RangeSweep {
public:
    explicit RangeSweep(std::vector<Range> ranges) : ranges_(std::move(ranges))
    {
        std::sort(ranges_.begin(), ranges_.end(), [](Range const& a, Range const& b) { return a.begin < b.begin; });
    }

    bool covers(uint64_t address)
    {
        for (; next_ < ranges_.size() && ranges_[next_].begin <= address; ++next_)
            reach_ = std::max(reach_, ranges_[next_].end);
        return reach_ > address;
    }

private:
    std::vector<Range> ranges_;
    size_t next_ { 0 };
    uint64_t reach_ { 0 };
};

class Cutter {
public:
    Cutter(ElfImage const& image, CodeFacts const& facts) : image_(image)
    {
        for (auto const& function : facts.frame_functions)
            add(functions_, code_begin(function), function.end);
        for (auto const& symbol : facts.symbols)
            add_symbol(symbol);
        for (size_t i = 0; i + 1 < facts.go_functions.size(); ++i)
            add(functions_, facts.go_functions[i], facts.go_functions[i + 1]);
        for (auto const& section : image.sections()) {
            if (section.is_code())
                add(sections_, section.header.sh_addr, section.header.sh_addr + section.bytes.size());
        }
    }

    std::vector<Stretch> cut()
    {
        std::sort(points_.begin(), points_.end());
        points_.erase(std::unique(points_.begin(), points_.end()), points_.end());
        RangeSweep functions(std::move(functions_));
        RangeSweep data(std::move(data_));
        RangeSweep sections(std::move(sections_));
        std::vector<Stretch> stretches;
        for (size_t i = 0; i + 1 < points_.size(); ++i) {
            auto const begin = points_[i];
            bool const is_function = functions.covers(begin);
            bool const is_data = data.covers(begin);
            bool const is_in_section = sections.covers(begin);
            auto const* segment = image_.code_at(begin);
            if (!segment || (!is_function && !is_in_section))
                continue;
            auto const trust = is_data ? Trust::Data : is_function ? Trust::Function : Trust::Unproven;
            stretches.push_back({ begin, std::min(points_[i + 1], segment->end()), trust });
        }
        return stretches;
    }

private:
    void add(std::vector<Range>& ranges, uint64_t begin, uint64_t end)
    {
        if (!image_.code_at(begin) || end <= begin)
            return;
        ranges.push_back({ begin, end });
        points_.push_back(begin);
        points_.push_back(end);
    }

    void add_symbol(CodeSymbol const& symbol)
    {
        if (symbol.type == STT_OBJECT)
            return add(data_, symbol.vaddr, symbol.vaddr + symbol.size);
        if (symbol.type == STT_FUNC || symbol.type == STT_GNU_IFUNC)
            add(functions_, symbol.vaddr, symbol.vaddr + symbol.size);
        points_.push_back(symbol.vaddr);
    }

    ElfImage const& image_;
    std::vector<Range> functions_;
    std::vector<Range> data_;
    std::vector<Range> sections_;
    std::vector<uint64_t> points_;
};

} // namespace

CodeFacts::CodeFacts(ElfImage const& image)
    : frame_functions(read_frame_functions(image)),
      symbols(read_code_symbols(image)),
      relocations(read_relocations(image)),
      go_functions(read_go_functions(image, relocations))
{
}

std::vector<Stretch> cut_into_stretches(ElfImage const& image, CodeFacts const& facts)
{
    return Cutter(image, facts).cut();
}

} // namespace farl::owner
