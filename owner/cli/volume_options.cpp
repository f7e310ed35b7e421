#include "owner/cli/volume_options.h"

#include "abi/formats/canonical_path.h"
#include "owner/launch/user_error.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace farl::owner {

namespace {

using formats::VolumeRollback;

[[noreturn]] void refuse(std::string const& text, std::string const& what)
{
    throw UserError(kBadUsage, fmt::format("--volume {}: {}", text, what));
}

// However it is written, so that a file always has the same key.
std::string absolute(std::string const& path, std::string const& text)
{
    std::error_code error;
    auto made = std::filesystem::weakly_canonical(path, error);
    if (path.empty() || error || !made.is_absolute())
        made = std::filesystem::absolute(path, error).lexically_normal();
    if (path.empty() || error)
        refuse(text, "there is no such place for a file");
    return made;
}

void take_for_session(RunOptions& options, std::string const& text)
{
    auto const equals = text.find('=');
    if (equals == text.npos) {
        if (!options.volume_directory.empty() || !std::filesystem::is_directory(text))
            refuse(text, "expected NAME=FILE, or one directory with the files of all volumes");
        options.volume_directory = absolute(text, text);
        return;
    }
    auto const name = text.substr(0, equals);
    if (!formats::is_volume_name(name))
        refuse(text, "expected NAME=FILE, where the session has NAME");
    if (!options.volume_files.emplace(name, absolute(text.substr(equals + 1), text)).second)
        refuse(text, "this volume has a file already");
}

// Like the file, so that messages are understood.
std::string name_for(std::string const& file, RunOptions const& options)
{
    constexpr size_t kLongest = 50;
    auto name = std::filesystem::path(file).filename().string().substr(0, kLongest);
    std::ranges::replace_if(
        name, [](char character) { return !formats::is_volume_name(std::string("a") + character); }, '-');
    if (!formats::is_volume_name(name))
        name.insert(0, "volume");
    auto const stem = name;
    for (int i = 2; options.volume_files.contains(name); ++i)
        name = fmt::format("{}-{}", stem, i);
    return name;
}

VolumeRollback take_rollback(std::string& text)
{
    std::pair<std::string_view, VolumeRollback> const words[] { { ":strict", VolumeRollback::Strict },
        { ":lazy", VolumeRollback::Lazy }, { ":none", VolumeRollback::None } };
    for (auto const& [word, rollback] : words) {
        if (text.ends_with(word)) {
            text.resize(text.size() - word.size());
            return rollback;
        }
    }
    return VolumeRollback::Strict;
}

void take_local(RunOptions& options, std::string const& text)
{
    auto rest = text;
    auto const rollback = take_rollback(rest);
    auto const colon = rest.rfind(":/");
    if (colon == rest.npos || !formats::is_canonical_path(rest.substr(colon + 1)))
        refuse(text, "expected FILE:PATH, such as data.volume:/var/lib/data; NAME=FILE is for --session");
    auto const file = absolute(rest.substr(0, colon), text), path = rest.substr(colon + 1);
    for (auto const& [name, other] : options.volume_files)
        if (other == file)
            refuse(text, "this file is used already");
    for (auto const& [name, volume] : options.local_volumes)
        if (formats::are_nested(volume.path, path))
            refuse(text, "another volume has this path already, or one that leads through it");
    auto const name = name_for(file, options);
    options.volume_files.emplace(name, file);
    options.local_volumes.emplace(name, LocalVolume { path, rollback });
}

} // namespace

void take_volume(RunOptions& options, std::string const& text)
{
    return options.session.empty() ? take_local(options, text) : take_for_session(options, text);
}

void check_volumes(RunOptions const& options)
{
    if (options.local_volumes.size() > formats::kMostVolumes)
        throw UserError(kBadUsage, fmt::format("--volume: a program can have {} volumes", formats::kMostVolumes));
    if (!options.local_volumes.empty() && !options.attests)
        throw UserError(kBadUsage, "--attest none has no volumes: their keys come from a CAS");
    if (options.accepts_older_volumes && options.local_volumes.empty())
        throw UserError(kBadUsage,
            "--accept-older is about volumes of this start; of a session's: `farl policy volumes --accept-older`");
}

} // namespace farl::owner
