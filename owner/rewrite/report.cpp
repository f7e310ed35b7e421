#include "owner/rewrite/report.h"

#include "abi/formats/patch_table.h"
#include "owner/digest/digest.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

using patch::PatchTableView;
using patch::SkipReason;

std::string quoted(std::string const& text)
{
    std::string result = "\"";
    for (char const character : text) {
        auto const code = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\')
            result += '\\';
        if (code < 0x20)
            result += fmt::format("\\u{:04x}", code);
        else
            result += character;
    }
    return result + '"';
}

std::string addresses(std::vector<uint64_t> const& values)
{
    std::string text;
    for (auto const value : values)
        text += fmt::format("{}{}", text.empty() ? "" : ",", value);
    return text;
}

std::string skipped_as_json(PatchTableView const& table)
{
    std::string text;
    for (uint32_t i = 0; i < table.skipped_count(); ++i) {
        auto const site = table.skipped(i);
        text += fmt::format(R"({}{{"address":{},"reason":"{}"}})", text.empty() ? "" : ",", site.vaddr,
            describe(static_cast<uint32_t>(site.reason)));
    }
    return text;
}

std::string patched_as_json(PatchTableView const& table)
{
    std::string text;
    for (uint32_t i = 0; i < table.site_count(); ++i) {
        auto const site = table.site(i);
        text += fmt::format(R"({}{{"address":{},"window":{},"window_size":{}}})", text.empty() ? "" : ",",
            site.syscall_vaddr(), site.window_vaddr, site.window_size);
    }
    return text;
}

} // namespace

char const* describe(uint32_t skip_reason)
{
    switch (static_cast<SkipReason>(skip_reason)) {
    case SkipReason::SignalReturn:
        return "rt_sigreturn, known to others by its bytes";
    case SkipReason::BranchTarget:
        return "something may jump between the instructions";
    case SkipReason::NotRelocatable:
        return "an instruction beside it cannot move";
    case SkipReason::TooShort:
        return "too few bytes of code around it";
    case SkipReason::Overlap:
        return "another site is too close";
    case SkipReason::Relocated:
        return "the dynamic linker writes there";
    }
    return "unknown";
}

std::string report_as_text(std::string const& path, Analysis const& analysis)
{
    auto const table = MUST(PatchTableView::parse(analysis.table));
    auto text = fmt::format("{}: {} sites, {} patched, {} left to trap\n", path,
        table.site_count() + table.skipped_count(), table.site_count(), table.skipped_count());
    for (uint32_t i = 0; i < table.skipped_count(); ++i) {
        auto const site = table.skipped(i);
        text += fmt::format("  {:#x}: {}\n", site.vaddr, describe(static_cast<uint32_t>(site.reason)));
    }
    for (auto const vaddr : analysis.unproven)
        text += fmt::format("  {:#x}: not known to be code, left alone\n", vaddr);
    return text;
}

std::string report_as_json(std::string const& path, Analysis const& analysis)
{
    auto const table = MUST(PatchTableView::parse(analysis.table));
    return fmt::format(R"({{"path":{},"sha256":"{}","patched":[{}],"skipped":[{}],"unproven":[{}]}})", quoted(path),
        to_hex(std::as_bytes(std::span(table.header().content))), patched_as_json(table), skipped_as_json(table),
        addresses(analysis.unproven));
}

} // namespace farl::owner
