// The library made of sites.S, analysed: sites by the names that sites.S gives them.
#pragma once

#include "abi/formats/patch_table.h"
#include "owner/rewrite/analysis.h"
#include "owner/rewrite/elf_image.h"

#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>

namespace farl::owner {

inline std::vector<std::byte> contents_of(std::string const& path)
{
    std::ifstream stream(path, std::ios::binary);
    std::string const text { std::istreambuf_iterator<char>(stream), {} };
    auto const bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

class AnalysedSites {
public:
    AnalysedSites() : file_(contents_of(FARL_TEST_SITES)), analysis_(MUST(analyse(file_)))
    {
        auto const image = MUST(ElfImage::parse(file_));
        for (auto const& section : image.sections()) {
            if (section.header.sh_type == SHT_SYMTAB)
                read_names(section.bytes, image.sections()[section.header.sh_link].bytes);
        }
    }

    std::vector<std::byte> const& file() const { return file_; }
    patch::PatchTableView table() const { return MUST(patch::PatchTableView::parse(analysis_.table)); }
    std::vector<uint64_t> const& unproven() const { return analysis_.unproven; }

    uint64_t address_of(std::string const& name) const { return values_.at(name); }
    uint64_t site_address(std::string const& function, std::string const& site = "site") const
    {
        return values_.at(function) + values_.at(function + "_" + site);
    }

    std::optional<patch::PatchSite> patched(std::string const& function, std::string const& site = "site") const
    {
        auto const vaddr = site_address(function, site);
        auto found = table().find(vaddr);
        if (found.is_error() || found.value().syscall_vaddr() != vaddr)
            return {};
        return found.release_value();
    }

    std::optional<patch::SkipReason> skipped(std::string const& function, std::string const& site = "site") const
    {
        auto const view = table();
        for (uint32_t i = 0; i < view.skipped_count(); ++i) {
            if (view.skipped(i).vaddr == site_address(function, site))
                return view.skipped(i).reason;
        }
        return {};
    }

private:
    void read_names(std::span<std::byte const> symbols, std::span<std::byte const> names)
    {
        for (ByteReader reader(symbols); reader.remaining() >= sizeof(Elf64_Sym);) {
            auto const symbol = reader.read<Elf64_Sym>();
            ByteReader name(names);
            name.seek(symbol.st_name);
            values_[std::string(name.read_text())] = symbol.st_value;
        }
    }

    std::vector<std::byte> file_;
    Analysis analysis_;
    std::map<std::string, uint64_t> values_;
};

} // namespace farl::owner
