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

// What a run that was killed has left there was not in anybody's use yet.
std::string new_path(std::string const& store) { return store + ".new"; }

// A store on its way into the place of another one: gone if it does not get there.
class NewStore {
public:
    explicit NewStore(std::string const& place) : place_(place), file_(made(new_path(place))) { }
    NewStore(NewStore const&) = delete;
    ~NewStore()
    {
        if (!stays_)
            unlink(new_path(place_).c_str());
    }

    StoreFile& file() { return file_; }
    void stay() { stays_ = true; } // somebody may need it from now on, wherever it is
    void take_the_place()
    {
        file_.replace(place_);
        stays_ = true;
    }

private:
    static StoreFile made(std::string const& path)
    {
        unlink(path.c_str());
        return StoreFile::create(path);
    }

    std::string place_;
    StoreFile file_;
    bool stays_ { false };
};

// Writes all of a volume anew, and lets `act` see it before it takes the place of the old one. `seal_count`: how many
// seals that key has made.
template <typename Act>
void write_anew(OpenedVolume& volume, Secret const& key, uint64_t seal_count, Act act)
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
        act(made);
        made.take_the_place();
        fmt::print("{}: {} bytes, {} before\n", volume.file().path(), made.file().size(), before);
    } catch (StoreDamage const& damage) {
        throw UserError(kRefused,
            fmt::format("{}: {}; nothing was changed. `farl volume check` tells what else is damaged",
                volume.file().path(), damage.what()));
    }
}

// Nobody writes to it now, and it is what it should be.
void check_unused(VolumeAccess const& access, VolumeSecrets const& secrets, OpenedVolume const& volume)
{
    if (secrets.held_until)
        throw UserError(kRefused,
            fmt::format("{}: an enclave has this volume; end it first (`farl policy volumes` tells)", access.path()));
    if (secrets.newest && !volume.store().contains(*secrets.newest))
        throw UserError(kRefused, fmt::format("{}: {}", access.path(), why_refused(volume.store(), *secrets.newest)));
}

// A rekey that ended after the CAS had learnt the new key, and before the new store was in its place.
bool finished_rekey(std::string const& path, VolumeSecrets const& secrets)
{
    if (access(new_path(path).c_str(), F_OK))
        return false;
    try {
        OpenedVolume rest(new_path(path), secrets);
        if (rest.store().state() != *secrets.newest)
            return false;
        rest.file().replace(path);
        return true;
    } catch (UserError const&) { // what another run has left
        return false;
    }
}

void rekey_with_book(VolumeAccess const& access)
{
    auto const secrets = access.secrets();
    if (finished_rekey(access.path(), secrets)) {
        fmt::print("{}: has the key now that it was to have before\n", access.path());
        return;
    }
    OpenedVolume volume(access.path(), secrets);
    check_unused(access, secrets, volume);
    auto const key = random_volume_key();
    write_anew(volume, key, 0, [&](NewStore& made) {
        made.stay(); // an answer of the CAS may be lost
        access.replace_key(key, *secrets.newest, volume.store().state());
    });
}

// The new key is in its file before a store needs it, and both files stay: whichever store is there can be opened.
void rekey_with_file(VolumeAccess const& access, std::string const& new_key_file)
{
    OpenedVolume volume(access.path(), access.secrets());
    write_anew(volume, volume_key_in_or_made(new_key_file), 0, [](NewStore&) {});
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
    access.check("volume create");
    if (access.is_at_cas() && !id.empty())
        throw UserError(kBadUsage, "volume create: the CAS makes the id of its volumes: leave --id out");
    if (!access.is_at_cas() && !access.is_in_file())
        throw UserError(kBadUsage,
            "volume create: whose is it? Give --volume SESSION/VOLUME of a CAS, or --key-file FILE; `farl run -v` "
            "makes "
            "its volumes itself");
    auto volume_id = id_from(id);
    auto file = StoreFile::create(access.path());
    try {
        if (access.is_at_cas())
            access.make();
        auto const secrets =
            access.is_at_cas() ? access.secrets() : VolumeSecrets { .key = volume_key_in_or_made(access.key_file()) };
        volume_id = secrets.id.value_or(volume_id);
        if (secrets.newest && secrets.newest->sequence > 0)
            throw UserError(kRefused,
                fmt::format("{}: the volume has been written to: an empty store would be refused as an older one",
                    access.path()));
        make_empty_store(file, VolumeSeals(secrets.key, volume_id));
    } catch (UserError const&) {
        unlink(access.path().c_str());
        throw;
    }
    fmt::print("{}: an empty volume with the id {}; its key is {}\n", access.path(), to_hex(volume_id),
        access.is_at_cas() ? "at the CAS" : "in " + access.key_file());
    return 0;
}

int volume_compact(std::span<char const* const> arguments)
{
    VolumeAccess access;
    CLI::App app;
    access.add_options(app);
    parse_words(app, arguments, "volume compact");
    access.check("volume compact");
    auto const secrets = access.secrets();
    OpenedVolume volume(access.path(), secrets);
    check_unused(access, secrets, volume);
    write_anew(volume, secrets.key, seal_count_of(volume.store()), [](NewStore&) {});
    return 0;
}

int volume_rekey(std::span<char const* const> arguments)
{
    VolumeAccess access;
    std::string new_key_file;
    CLI::App app;
    access.add_options(app);
    app.add_option("--new-key-file", new_key_file);
    parse_words(app, arguments, "volume rekey");
    access.check("volume rekey");
    if (access.is_in_file() == new_key_file.empty())
        throw UserError(
            kBadUsage, "volume rekey: --new-key-file goes with --key-file; a CAS is given the new key by itself");
    access.is_in_file() ? rekey_with_file(access, new_key_file) : rekey_with_book(access);
    return 0;
}

} // namespace farl::owner
