#include "owner/protect/image_report.h"

#include "abi/sgx/sigstruct.h"
#include "owner/oci/flattened_image.h"
#include "owner/oci/image_defect.h"

#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

constexpr char const* kSigstruct = ".farl/bin/farl-enclave.sigstruct";

void count(FileTree const& tree, ImageReport& report)
{
    tree.for_each_name([&](std::string const& path, FileTree::NodeId id) {
        auto const& node = tree.node(id);
        auto const is_directory = node.attributes.type == FileType::Directory;
        ++(is_directory ? report.directory_count : report.file_count);
        if (path == node.path)
            report.size += node.attributes.size;
    });
}

std::string mrenclave_of(FlattenedImage const& image)
{
    auto const id = image.tree().find(kSigstruct);
    std::string bytes;
    image.visit_contents([&](FileTree::NodeId visited, LayerReader& pieces) {
        if (visited != *id)
            return;
        while (auto const piece = pieces.next_piece())
            bytes.append(reinterpret_cast<char const*>(piece->bytes.data()), piece->bytes.size());
    });
    sgx::SigStruct signature;
    if (bytes.size() != sizeof(signature))
        throw ImageDefect("the signature of its enclave is damaged");
    std::memcpy(static_cast<void*>(&signature), bytes.data(), sizeof(signature));
    return to_hex(std::as_bytes(std::span(signature.enclave_hash)));
}

// As a shell would take it.
std::string quoted(std::vector<std::string> const& words)
{
    std::string text;
    for (auto const& word : words) {
        auto const is_plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`;&|<>()*?[]#~") == word.npos;
        text += (text.empty() ? "" : " ") + (is_plain ? word : fmt::format("'{}'", word));
    }
    return text.empty() ? "(none)" : text;
}

} // namespace

ImageReport report_of_image(std::string const& path)
{
    ImageReader const image(path);
    ImageReport report { .path = path, .digest = image.digest(), .config = image.config(), .layers = {} };
    FlattenedImage const flattened(image, {});
    for (size_t i = 0; i < image.layer_count(); ++i)
        report.layers.push_back({ image.layer(i).diff_id, flattened.entry_counts()[i] });
    count(flattened.tree(), report);
    if (flattened.tree().find(kSigstruct))
        report.mrenclave = mrenclave_of(flattened);
    return report;
}

std::string report_as_text(ImageReport const& report)
{
    auto text = fmt::format("{}\n  digest      {}\n", report.path, report.digest);
    text += fmt::format("  protection  {}\n", report.mrenclave.empty() ? "none: a plain image" : "by Farl");
    if (!report.mrenclave.empty())
        text += fmt::format("  MRENCLAVE   {}\n", report.mrenclave);
    text += fmt::format(
        "  entry point {}\n  command     {}\n", quoted(report.config.entrypoint), quoted(report.config.command));
    text += fmt::format(
        "  files       {}, in {} directories, {} bytes\n", report.file_count, report.directory_count, report.size);
    for (size_t i = 0; i < report.layers.size(); ++i)
        text +=
            fmt::format("  layer {:<5} {} ({} entries)\n", i + 1, report.layers[i].digest, report.layers[i].entries);
    return text;
}

std::string report_as_json(ImageReport const& report)
{
    auto layers = nlohmann::json::array();
    for (auto const& layer : report.layers)
        layers.push_back({ { "diff_id", layer.digest }, { "entries", layer.entries } });
    nlohmann::json json { { "path", report.path }, { "digest", report.digest },
        { "entrypoint", report.config.entrypoint }, { "cmd", report.config.command },
        { "env", report.config.environment }, { "working_dir", report.config.working_directory },
        { "user", report.config.user }, { "files", report.file_count }, { "directories", report.directory_count },
        { "size", report.size }, { "layers", layers }, { "protected", !report.mrenclave.empty() } };
    if (!report.mrenclave.empty())
        json["mrenclave"] = report.mrenclave;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace farl::owner
