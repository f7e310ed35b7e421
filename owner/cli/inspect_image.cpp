#include "owner/cli/inspect_image.h"

#include "owner/cli/opened_image.h"
#include "owner/cli/subcommand.h"
#include "owner/oci/flattened_image.h"
#include "owner/protect/image_report.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace farl::owner {

int inspect_image_command(std::span<char const* const> arguments)
{
    std::vector<std::string> images;
    std::string keys;
    bool is_json = false, lists_files = false;
    CLI::App app;
    app.add_option("IMAGE", images);
    app.add_flag("--json", is_json);
    app.add_flag("--files", lists_files);
    app.add_option("--keys", keys);
    parse_words(app, arguments, "inspect");
    if (!keys.empty() && images.size() > 1)
        throw UserError(kBadUsage, "inspect: --keys is about one image: give one IMAGE");
    for (auto const& path : images) {
        auto const report = of_image(path, [&] { return report_of_image(path, keys); });
        auto const text = is_json ? report_as_json(report, lists_files) + "\n" : report_as_text(report, lists_files);
        std::fputs(text.c_str(), stdout);
    }
    return 0;
}

} // namespace farl::owner
