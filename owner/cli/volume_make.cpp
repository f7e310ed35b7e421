#include "owner/cli/volume_make.h"

#include "owner/cli/progress.h"
#include "owner/cli/subcommand.h"
#include "owner/cli/volume_access.h"
#include "owner/digest/hexadecimal.h"
#include "owner/launch/user_error.h"
#include "owner/volume/store_copy.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

namespace {

VolumeId id_from(std::string const& text)
{
    if (text.empty())
        return random_volume_id();
    auto const bytes = bytes_from_hex(text);
    VolumeId id;
    if (!bytes || bytes->size() != id.size())
        throw UserError(kBadUsage, "volume create: --id: expected 32 hexadecimal digits");
    std::ranges::copy(*bytes, id.begin());
    return id;
}

// A store on its way into the place of another one: gone if it does not get there. What a run that was killed has left
// is removed: nobody used it yet.
class NewStore {
public:
    explicit NewStore(std::string const& place) : place_(place), path_(place + ".new"), file_(made(path_)) { }
    NewStore(NewStore const&) = delete;
    ~NewStore()
    {
        if (!is_in_place_)
            unlink(path_.c_str());
    }

    StoreFile& file() { return file_; }
    void take_the_place()
    {
        file_.replace(place_);
        is_in_place_ = true;
    }

private:
    static StoreFile made(std::string const& path)
    {
        unlink(path.c_str());
        return StoreFile::create(path);
    }

    std::string place_, path_;
    StoreFile file_;
    bool is_in_place_ { false };
};

// Writes all of a volume anew. `seal_count`: how many seals that key has made.
void write_anew(OpenedVolume& volume, Secret const& key, uint64_t seal_count)
{
    auto const before = volume.file().size();
    try {
        NewStore made(volume.file().path());
        VolumeSeals const seals(key, volume.id());
        {
            Progress bar("copying");
            copy_store(volume.store(), made.file(), seals, seal_count,
                [&](uint64_t done, uint64_t total) { bar.show(done, total); });
        }
        if (StoreReader(made.file(), seals).state() != volume.store().state())
            throw UserError(kFarlFailed, fmt::format("{}: the copy is another volume", volume.file().path()));
        made.take_the_place();
        fmt::print("{}: {} bytes, {} before\n", volume.file().path(), made.file().size(), before);
    } catch (StoreDamage const& damage) {
        throw UserError(kRefused,
            fmt::format("{}: {}; nothing was changed. `farl volume check` tells what else is damaged",
                volume.file().path(), damage.what()));
    }
}

} // namespace

int volume_create(std::span<char const* const> arguments)
{
    VolumeAccess access;
    std::string id;
    CLI::App app;
    access.add_options(app);
    app.add_option("--id", id);
    parse_words(app, arguments, "volume create");
    auto const volume_id = id_from(id);
    auto file = StoreFile::create(access.path());
    try {
        make_empty_store(file, VolumeSeals(VolumeAccess::volume_key_in_or_made(access.key_file()), volume_id));
    } catch (UserError const&) {
        unlink(access.path().c_str());
        throw;
    }
    fmt::print(
        "{}: an empty volume with the id {} and the key in {}\n", access.path(), to_hex(volume_id), access.key_file());
    return 0;
}

int volume_compact(std::span<char const* const> arguments)
{
    VolumeAccess access;
    CLI::App app;
    access.add_options(app);
    parse_words(app, arguments, "volume compact");
    auto const key = access.key();
    OpenedVolume volume(access.path(), key);
    write_anew(volume, key, seal_count_of(volume.store()));
    return 0;
}

// The new key is in its file before a store needs it, and both files stay: whichever store is there can be opened.
int volume_rekey(std::span<char const* const> arguments)
{
    VolumeAccess access;
    std::string new_key_file;
    CLI::App app;
    access.add_options(app);
    app.add_option("--new-key-file", new_key_file)->required();
    parse_words(app, arguments, "volume rekey");
    OpenedVolume volume(access.path(), access.key());
    write_anew(volume, VolumeAccess::volume_key_in_or_made(new_key_file), 0);
    return 0;
}

} // namespace farl::owner
