// farl-image: the commands about container images, which need libraries that the others should not have to load.
#include "owner/cli/build.h"
#include "owner/cli/entry.h"
#include "owner/cli/inspect_image.h"
#include "owner/cli/pack.h"
#include "owner/cli/run_image.h"
#include "owner/cli/subcommand.h"

namespace {

using farl::owner::Subcommand;

constexpr Subcommand kCommands[] { { "build", farl::owner::build_command },
    { "inspect", farl::owner::inspect_image_command }, { "pack", farl::owner::pack_command },
    { "run", farl::owner::run_image_command } };

int image_command(std::span<char const* const> arguments)
{
    return farl::owner::run_one_of("image", kCommands, arguments);
}

} // namespace

int main(int argc, char** argv) { return farl::owner::run_command(image_command, argc, argv); }
