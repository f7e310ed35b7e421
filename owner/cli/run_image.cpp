#include "owner/cli/run_image.h"

#include "abi/formats/fspf.h"
#include "abi/formats/startup_config.h"
#include "owner/cli/opened_image.h"
#include "owner/cli/progress.h"
#include "owner/cli/run.h"
#include "owner/launch/user_error.h"
#include "owner/oci/image_cache.h"
#include "owner/protect/image_secrets.h"

#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

namespace {

void check(RunOptions const& options)
{
    if (options.root_directory != "/")
        throw UserError(kBadUsage, "--rootfs and an image exclude each other: the image is the root");
}

// What stands on the command line goes over what the image says.
void take_configuration(RunOptions& options, ImageConfig const& config, std::string const& image)
{
    auto command = config.entrypoint;
    auto const& rest = options.command.size() > 1
        ? std::vector<std::string>(options.command.begin() + 1, options.command.end())
        : config.command;
    command.insert(command.end(), rest.begin(), rest.end());
    if (command.empty())
        throw UserError(kBadUsage, fmt::format("{} does not say what to run; name a program of it behind it", image));
    options.command = std::move(command);
    auto environment = config.environment;
    environment.insert(environment.end(), options.environment.begin(), options.environment.end());
    options.environment = std::move(environment);
    options.clear_environment = true;
    if (options.working_directory.empty())
        options.working_directory = config.working_directory;
    if (!options.working_directory.starts_with('/'))
        options.working_directory.insert(0, "/");
}

bool is_protected(RunOptions const& options)
{
    return access((options.root_directory + std::string(formats::kFspfPath)).c_str(), F_OK) == 0;
}

// The session, or the file that `farl build` wrote, says what runs in a protected image, and how to open it.
void take_secrets(RunOptions& options, std::string const& image)
{
    options.image_is_protected = true;
    if (!options.attests)
        throw UserError(kBadUsage, "--attest none cannot open a protected image: its keys come from a CAS");
    if (!options.session.empty()) {
        options.command.clear();
        return;
    }
    auto const path = secrets_path(image);
    if (access(path.c_str(), F_OK))
        throw UserError(kNotFound,
            fmt::format("{} is a protected image: {} opens it, or a session that has its keys (--cas, --session)",
                image, path));
    auto secrets = read_image_secrets(path);
    ImageConfig const runs { .entrypoint = std::move(secrets.entrypoint),
        .command = std::move(secrets.command),
        .environment = std::move(secrets.environment),
        .working_directory = std::move(secrets.working_directory) };
    take_configuration(options, runs, image);
    formats::ImageAccess access {};
    Secret bytes(sizeof(access));
    std::memcpy(bytes.writable().data() + offsetof(formats::ImageAccess, key), secrets.seal.key.reveal().data(),
        sizeof(access.key));
    std::memcpy(
        bytes.writable().data() + offsetof(formats::ImageAccess, tag), secrets.seal.tag.data(), sizeof(access.tag));
    options.image_access = std::move(bytes);
    if (secrets.user) {
        options.image_user = { secrets.user->uid, secrets.user->gid };
        options.image_user.insert(options.image_user.end(), secrets.user->groups.begin(), secrets.user->groups.end());
    }
}

void say_whose_it_runs(ImageConfig const& config, RunOptions const& options)
{
    auto const& user = config.user;
    if (!options.quiet && !user.empty() && user != "root" && user != "0" && user != "0:0" && user != "root:root")
        std::fputs(fmt::format("farl: the image's user {} is not taken on: it runs as you\n", user).c_str(), stderr);
}

} // namespace

int run_image_command(std::span<char const* const> arguments)
{
    auto options = parse_run_options(arguments);
    if (!options || options->command.empty())
        return 0;
    check(*options);
    auto const path = options->command[0];
    of_image(path, [&] {
        ImageReader const image(path);
        Progress progress("unpacking");
        options->root_directory = unpacked(image, [&](uint64_t done, uint64_t total) { progress.show(done, total); });
        if (is_protected(*options))
            return take_secrets(*options, path);
        take_configuration(*options, image.config(), path);
        say_whose_it_runs(image.config(), *options);
    });
    options->image = path;
    run_program(*options);
}

} // namespace farl::owner
