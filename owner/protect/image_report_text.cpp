// How `farl inspect` shows an image: to a person, and to a program.
#include "owner/protect/image_policy.h"
#include "owner/protect/image_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace farl::owner {

namespace {

using Json = nlohmann::json;

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

std::string_view type_of(uint32_t mode)
{
    return S_ISREG(mode) ? "file" : S_ISLNK(mode) ? "link" : S_ISFIFO(mode) ? "fifo" : "special";
}

std::string protection_as_text(ImageReport const& report, bool lists_files)
{
    auto text = fmt::format("  MRENCLAVE   {}\n", report.mrenclave);
    if (report.program)
        text += fmt::format("  runs        {}, with {} arguments and {} variables\n", quoted({ report.program->path }),
            report.program->argument_count, report.program->variable_count);
    if (!report.protection)
        return text
            + fmt::format(
                "  regions     not to be seen without the keys: {} is not there (--keys FILE)\n", report.keys);
    for (auto const& region : report.protection->regions)
        text += fmt::format("  region      {:<13} {}: {} files, {} bytes\n", word_for(region.kind, kRegionKinds),
            quoted({ region.prefix }), region.file_count, region.size);
    if (lists_files) {
        for (auto const& file : report.protection->files)
            text += fmt::format("  {:<11} {:<13} {:>12} {}\n", type_of(file.mode), word_for(file.kind, kRegionKinds),
                file.size, quoted({ file.path }));
    }
    return text;
}

void add_protection(ImageReport const& report, bool lists_files, Json& json)
{
    json["mrenclave"] = report.mrenclave;
    json["regions"] = nullptr; // nobody can tell without the keys
    if (report.program)
        json["program"] = { { "path", report.program->path }, { "arguments", report.program->argument_count },
            { "variables", report.program->variable_count } };
    if (!report.protection)
        return;
    json["regions"] = Json::array();
    for (auto const& region : report.protection->regions)
        json["regions"].push_back({ { "prefix", region.prefix }, { "kind", word_for(region.kind, kRegionKinds) },
            { "files", region.file_count }, { "size", region.size } });
    if (!lists_files)
        return;
    json["contents"] = Json::array();
    for (auto const& file : report.protection->files)
        json["contents"].push_back(
            { { "path", file.path }, { "type", type_of(file.mode) }, { "kind", word_for(file.kind, kRegionKinds) },
                { "mode", fmt::format("{:04o}", file.mode & 07777) }, { "size", file.size } });
}

} // namespace

std::string report_as_text(ImageReport const& report, bool lists_files)
{
    auto const is_protected = !report.mrenclave.empty();
    auto text = fmt::format("{}\n  digest      {}\n", report.path, report.digest);
    text += fmt::format("  protection  {}\n", is_protected ? "by Farl" : "none: a plain image");
    if (is_protected)
        text += protection_as_text(report, lists_files);
    text += fmt::format(
        "  entry point {}\n  command     {}\n", quoted(report.config.entrypoint), quoted(report.config.command));
    if (!report.config.user.empty())
        text += fmt::format("  user        {}\n", quoted({ report.config.user }));
    text += fmt::format(
        "  files       {}, in {} directories, {} bytes\n", report.file_count, report.directory_count, report.size);
    for (size_t i = 0; i < report.layers.size(); ++i)
        text +=
            fmt::format("  layer {:<5} {} ({} entries)\n", i + 1, report.layers[i].digest, report.layers[i].entries);
    return text;
}

std::string report_as_json(ImageReport const& report, bool lists_files)
{
    auto layers = Json::array();
    for (auto const& layer : report.layers)
        layers.push_back({ { "diff_id", layer.digest }, { "entries", layer.entries } });
    Json json { { "path", report.path }, { "digest", report.digest }, { "entrypoint", report.config.entrypoint },
        { "cmd", report.config.command }, { "env", report.config.environment },
        { "working_dir", report.config.working_directory }, { "user", report.config.user },
        { "files", report.file_count }, { "directories", report.directory_count }, { "size", report.size },
        { "layers", layers }, { "protected", !report.mrenclave.empty() } };
    if (!report.mrenclave.empty())
        add_protection(report, lists_files, json);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace farl::owner
