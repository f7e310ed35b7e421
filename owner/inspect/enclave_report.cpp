#include "owner/inspect/enclave_report.h"

#include "abi/sgx/signature.h"
#include "owner/digest/digest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;
using sgx::PageType;

std::string hex(std::span<std::byte const> bytes) { return to_hex(bytes); }

std::string mrsigner_of(sgx::SigStruct const& signature)
{
    auto const digest = sha256(signature.modulus);
    return to_hex(std::as_bytes(std::span(digest)));
}

// What a signature demands of DEBUG: as it is in `attributes` where the mask has it, else what the platform likes.
char const* debug_of(sgx::SigStruct const& signature)
{
    if (!(signature.attribute_mask.flags & sgx::kAttributeDebug))
        return "allowed";
    return signature.attributes.flags & sgx::kAttributeDebug ? "demanded" : "refused";
}

std::string permissions_text(PageGroup const& group)
{
    if (group.type == PageType::Tcs)
        return "TCS";
    return fmt::format("{}{}{}", group.permissions & sgx::kPageRead ? 'r' : '-',
        group.permissions & sgx::kPageWrite ? 'w' : '-', group.permissions & sgx::kPageExecute ? 'x' : '-');
}

std::string line_of(PageGroup const& group)
{
    return fmt::format("    {:#014x}  {:>7} pages  {:<3}  {}\n", group.offset, group.count, permissions_text(group),
        group.is_measured ? "measured" : "not measured");
}

// How many times the `period` groups from `first` on come again, each time as far behind.
size_t count_repetitions(std::vector<PageGroup> const& layout, size_t first, size_t period, uint64_t stride)
{
    size_t same = 0;
    for (auto i = first + period; i < layout.size(); ++i, ++same) {
        auto expected = layout[i - period];
        expected.offset += stride;
        if (layout[i] != expected)
            break;
    }
    return same / period;
}

std::string layout_text(std::vector<PageGroup> const& layout)
{
    std::string text;
    auto is_tcs = [](PageGroup const& group) { return group.type == PageType::Tcs; };
    for (size_t i = 0; i < layout.size();) {
        auto const here = layout.begin() + static_cast<std::ptrdiff_t>(i);
        auto const next = is_tcs(*here) ? std::find_if(here + 1, layout.end(), is_tcs) : layout.end();
        auto const period = next == layout.end() ? 1 : static_cast<size_t>(next - here);
        auto const stride = next == layout.end() ? 0 : next->offset - here->offset;
        auto const repetitions = next == layout.end() ? 0 : count_repetitions(layout, i, period, stride);
        for (size_t k = 0; k < period; ++k)
            text += line_of(layout[i + k]);
        if (repetitions)
            text += fmt::format("    ... and {} times the same, each {:#x} further on\n", repetitions, stride);
        i += period * (repetitions + 1);
    }
    return text;
}

std::string outline_text(EnclaveOutline const& outline)
{
    auto text = fmt::format("  MRENCLAVE     {}\n", hex(outline.mrenclave));
    text += fmt::format("  size          {:#x}, {} pages added, {} TCS, SSA frames of {} {}\n", outline.size,
        outline.page_count(), outline.tcs_count(), outline.ssa_frame_pages,
        outline.ssa_frame_pages == 1 ? "page" : "pages");
    return text + "  layout\n" + layout_text(outline.layout);
}

std::string signature_text(sgx::SigStruct const& signature)
{
    std::string text = "  signature\n";
    auto line = [&](char const* name, std::string const& value) { text += fmt::format("    {:<12}{}\n", name, value); };
    line("MRENCLAVE", hex(signature.enclave_hash));
    line("MRSIGNER", mrsigner_of(signature));
    line("product", fmt::format("{}, security version {}", signature.isv_prod_id, signature.isv_svn));
    line("date",
        fmt::format("{:04x}-{:02x}-{:02x}", signature.date >> 16, signature.date >> 8 & 0xFF, signature.date & 0xFF));
    line("attributes",
        fmt::format("{:#x} under mask {:#x}", signature.attributes.flags, signature.attribute_mask.flags));
    line("XFRM", fmt::format("{:#x} under mask {:#x}", signature.attributes.xfrm, signature.attribute_mask.xfrm));
    line("MISCSELECT", fmt::format("{:#x} under mask {:#x}", signature.misc_select, signature.misc_mask));
    line("debug", debug_of(signature));
    return text;
}

Json outline_json(EnclaveOutline const& outline)
{
    Json layout = Json::array();
    for (auto const& group : outline.layout) {
        layout.push_back({ { "offset", group.offset }, { "pages", group.count },
            { "type", group.type == PageType::Tcs ? "tcs" : "regular" },
            { "permissions", group.type == PageType::Tcs ? "" : permissions_text(group) },
            { "measured", group.is_measured } });
    }
    return { { "mrenclave", hex(outline.mrenclave) }, { "size", outline.size }, { "pages", outline.page_count() },
        { "tcs", outline.tcs_count() }, { "ssa_frame_pages", outline.ssa_frame_pages }, { "layout", layout } };
}

Json attributes_json(sgx::Attributes const& attributes)
{
    return { { "flags", attributes.flags }, { "xfrm", attributes.xfrm } };
}

Json signature_json(sgx::SigStruct const& signature)
{
    return { { "mrenclave", hex(signature.enclave_hash) }, { "mrsigner", mrsigner_of(signature) },
        { "product_id", signature.isv_prod_id }, { "security_version", signature.isv_svn },
        { "date",
            fmt::format(
                "{:04x}-{:02x}-{:02x}", signature.date >> 16, signature.date >> 8 & 0xFF, signature.date & 0xFF) },
        { "attributes", attributes_json(signature.attributes) },
        { "attribute_mask", attributes_json(signature.attribute_mask) }, { "misc_select", signature.misc_select },
        { "misc_mask", signature.misc_mask }, { "debug", debug_of(signature) } };
}

} // namespace

std::vector<std::string> EnclaveParts::defects() const
{
    std::vector<std::string> found;
    if (enclave && stream && enclave->mrenclave != stream->mrenclave)
        found.emplace_back("the stream is of another enclave: it has another MRENCLAVE");
    if (!signature)
        return found;
    if (!sgx::is_well_formed(*signature))
        found.emplace_back("the SIGSTRUCT is not one that a processor takes");
    else if (!sgx::is_signed(*signature))
        found.emplace_back("the signature of the SIGSTRUCT is wrong");
    for (auto const* outline : { enclave ? &*enclave : nullptr, stream ? &*stream : nullptr }) {
        if (outline && outline->mrenclave != signature->enclave_hash)
            found.emplace_back(
                fmt::format("the SIGSTRUCT is for another enclave than the {}: it signs another MRENCLAVE",
                    outline == (enclave ? &*enclave : nullptr) ? "file" : "stream"));
    }
    return found;
}

std::string report_as_text(EnclaveParts const& parts)
{
    auto text = parts.path + ": an enclave\n";
    if (parts.enclave) {
        text += outline_text(*parts.enclave);
        text += fmt::format("  entry         {:#x}, {} ENCLU sites\n", parts.entry, parts.enclu_sites.size());
    } else if (parts.stream) {
        text += outline_text(*parts.stream);
    }
    if (parts.signature)
        text += signature_text(*parts.signature);
    auto const defects = parts.defects();
    for (auto const& defect : defects)
        text += fmt::format("  WRONG         {}\n", defect);
    if (parts.signature && defects.empty())
        text += parts.enclave || parts.stream ? "  verified      the signature is sound and for this enclave\n"
                                              : "  verified      the signature is sound\n";
    return text;
}

std::string report_as_json(EnclaveParts const& parts)
{
    Json json { { "path", parts.path } };
    if (parts.enclave) {
        json["enclave"] = outline_json(*parts.enclave);
        json["enclave"]["entry"] = parts.entry;
        json["enclave"]["enclu_sites"] = parts.enclu_sites;
    }
    if (parts.stream)
        json["stream"] = outline_json(*parts.stream);
    if (parts.signature)
        json["signature"] = signature_json(*parts.signature);
    json["defects"] = parts.defects();
    json["verified"] = parts.defects().empty() && parts.signature.has_value();
    return json.dump();
}

} // namespace farl::owner
