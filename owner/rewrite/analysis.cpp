#include "owner/rewrite/analysis.h"

#include "owner/digest/digest.h"
#include "owner/rewrite/table_writer.h"
#include "owner/rewrite/window_chooser.h"

namespace farl::owner {

namespace {

void write_sites(std::vector<Site> const& sites, WindowChooser& chooser, TableWriter& writer)
{
    for (auto const& site : sites) {
        auto const choice = chooser.choose(site);
        if (auto const* patched = std::get_if<patch::PatchSite>(&choice))
            writer.add(*patched);
        else
            writer.add(patch::SkippedSite { site.syscall().vaddr, std::get<patch::SkipReason>(choice), 0 });
    }
}

} // namespace

Result<Analysis> analyse(std::span<std::byte const> file)
{
    auto const image = TRY(ElfImage::parse(file));
    CodeFacts const facts(image);
    auto const stretches = cut_into_stretches(image, facts);
    Decoder const decoder;
    auto found = find_sites(image, stretches, decoder);

    TableWriter writer;
    // Looking for branch targets reads all of the code: most files have no site and need none.
    if (!found.sites.empty()) {
        auto const targets = find_branch_targets(image, facts, stretches, decoder);
        WindowChooser chooser(image, facts, targets);
        write_sites(found.sites, chooser, writer);
    }
    Analysis analysis { writer.finish(image, sha256(file)), std::move(found.unproven) };
    if (auto const table = patch::PatchTableView::parse(analysis.table); table.is_error())
        return table.error();
    return analysis;
}

} // namespace farl::owner
