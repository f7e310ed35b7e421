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
    bool is_json = false;
    CLI::App app;
    app.add_option("IMAGE", images);
    app.add_flag("--json", is_json);
    parse_words(app, arguments, "inspect");
    for (auto const& path : images) {
        auto const report = of_image(path, [&] { return report_of_image(path); });
        std::fputs((is_json ? report_as_json(report) + "\n" : report_as_text(report)).c_str(), stdout);
    }
    return 0;
}

} // namespace farl::owner
