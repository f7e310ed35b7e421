#include "owner/cli/volume_access.h"

#include "owner/cas/store_refusal.h"
#include "owner/cli/local_volumes.h"
#include "owner/digest/hexadecimal.h"
#include "owner/keys/key_file.h"
#include "owner/keys/openssl.h"
#include "owner/launch/data_directory.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/rand.h>
#include <unistd.h>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

void fill_random(unsigned char* bytes, size_t size)
{
    require(RAND_priv_bytes(bytes, static_cast<int>(size)) == 1, "make random bytes");
}

VolumeId id_in(StoreFile const& file, std::optional<VolumeId> const& expected)
{
    auto const id = StoreReader::id_of(file);
    if (!id)
        throw UserError(kNotRunnable, fmt::format("{}: is no volume, or its superblocks are damaged", file.path()));
    if (expected && *id != *expected)
        throw UserError(kNotRunnable,
            fmt::format(
                "{}: is another volume than the CAS says: {}, not {}", file.path(), to_hex(*id), to_hex(*expected)));
    return *id;
}

template <size_t size>
std::array<std::byte, size> bytes_at(Json const& answer, char const* name)
{
    auto const bytes = bytes_from_hex(answer.value(name, ""));
    std::array<std::byte, size> array;
    if (!bytes || bytes->size() != size)
        throw UserError(kFarlFailed, fmt::format("the CAS's answer has no `{}`", name));
    std::ranges::copy(*bytes, array.begin());
    return array;
}

Json as_json(StoreState const& state) { return { { "sequence", state.sequence }, { "tag", to_hex(state.tag) } }; }

VolumeState in_book(StoreState const& state) { return { state.sequence, state.tag }; }

// Volumes without a session go by the path of their file.
template <typename Act>
auto with_local_volume(std::string const& path, Act act)
{
    std::error_code error;
    auto const file = std::filesystem::canonical(path, error);
    auto const directory = data_directory_of_user() + kVolumesDirectory;
    if (error)
        throw UserError(kNotFound, fmt::format("{}: {}", path, error.message()));
    try {
        if (access(directory.c_str(), F_OK) == 0)
            return act(directory, file);
    } catch (StoreRefusal const& refusal) {
        if (refusal.reason() != StoreRefusal::Reason::NoSuchVolume)
            throw UserError(kRefused, fmt::format("{}: {}", path, refusal.what()));
    }
    throw UserError(kBadUsage,
        fmt::format(
            "{}: its key is not known here: `farl run -v` has not made it, or it was moved since. Give --volume "
            "SESSION/VOLUME of a CAS, or --key-file FILE",
            path));
}

VolumeSecrets local_secrets(std::string const& path)
{
    auto const record = with_local_volume(path, LocalVolumes::of_file);
    return { .key = record.key, .id = record.id, .newest = StoreState { record.newest.sequence, record.newest.tag } };
}

void replace_local_key(std::string const& path, VolumeRenewal const& renewal)
{
    with_local_volume(path,
        [&](std::string const& directory, std::string const& file) { LocalVolumes::renew(directory, file, renewal); });
}

Secret as_secret(std::span<std::byte> bytes)
{
    Secret secret(std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size()));
    explicit_bzero(bytes.data(), bytes.size());
    return secret;
}

} // namespace

Secret random_volume_key()
{
    Secret key { kVolumeKeySize };
    fill_random(key.writable().data(), key.size());
    return key;
}

VolumeId random_volume_id()
{
    VolumeId id;
    fill_random(reinterpret_cast<unsigned char*>(id.data()), id.size());
    return id;
}

void VolumeAccess::add_options(CLI::App& app)
{
    app.add_option("STORE", path_)->required();
    app.add_option("--key-file", key_file_);
    app.add_option("--volume", volume_);
    cas_.add_options(app, CasConnection::Need::Perhaps);
}

void VolumeAccess::check(char const* command) const
{
    if (is_in_file() && is_at_cas())
        throw UserError(kBadUsage,
            fmt::format("{}: --key-file and --volume exclude each other: the volume's key is in one place", command));
    auto const slash = volume_.find('/');
    if (!volume_.empty() && (slash == 0 || slash == volume_.npos || slash + 1 == volume_.size()))
        throw UserError(kBadUsage, fmt::format("{}: --volume: expected SESSION/VOLUME", command));
}

Json VolumeAccess::request(char const* kind) const
{
    auto const slash = volume_.find('/');
    return { { "request", kind }, { "session", volume_.substr(0, slash) }, { "volume", volume_.substr(slash + 1) } };
}

VolumeSecrets VolumeAccess::secrets() const
{
    if (is_in_file())
        return { .key = volume_key_in(key_file_) };
    if (!is_at_cas())
        return local_secrets(path_);
    auto const answer = cas_.request(request("volume-key"));
    auto key = bytes_at<kVolumeKeySize>(answer, "key");
    return { .key = as_secret(key),
        .id = bytes_at<sizeof(VolumeId)>(answer, "id"),
        .newest = StoreState { answer.value("sequence", uint64_t { 0 }), bytes_at<sizeof(StoreTag)>(answer, "tag") },
        .held_until = answer.value("held_until", uint64_t { 0 }) };
}

void VolumeAccess::make() const { cas_.request(request("volume-make")); }

void VolumeAccess::replace_key(Secret const& key, StoreState const& known, StoreState const& state) const
{
    if (!is_at_cas())
        return replace_local_key(path_, { key, in_book(known), in_book(state) });
    auto message = request("volume-rekey");
    message["key"] = to_hex(std::as_bytes(key.readable()));
    message["known"] = as_json(known);
    message["state"] = as_json(state);
    cas_.request(message);
}

Secret volume_key_in(std::string const& path)
{
    auto const text = read_key_file(path);
    auto digits = text.reveal();
    while (digits.ends_with('\n'))
        digits.remove_suffix(1);
    auto bytes = bytes_from_hex(digits);
    if (!bytes || bytes->size() != kVolumeKeySize)
        throw UserError(kNotRunnable, fmt::format("{}: expected a volume's key of 64 hexadecimal digits", path));
    return as_secret(*bytes);
}

Secret volume_key_in_or_made(std::string const& path)
{
    if (access(path.c_str(), F_OK) == 0)
        return volume_key_in(path);
    auto key = random_volume_key();
    auto digits = to_hex(std::as_bytes(key.readable()));
    Secret text(digits);
    explicit_bzero(digits.data(), digits.size());
    text.append("\n");
    if (make_key_file(path, text) == KeyFile::Exists)
        return volume_key_in(path); // somebody else was faster
    return key;
}

OpenedVolume::OpenedVolume(std::string const& path, VolumeSecrets const& secrets)
    : file_(StoreFile::open(path)),
      id_(id_in(file_, secrets.id)),
      seals_(secrets.key, id_)
{
    try {
        store_.emplace(file_, seals_);
    } catch (StoreDamage const& damage) {
        throw UserError(kNotRunnable, fmt::format("{}: {}", path, damage.what()));
    }
}

std::string relation(StoreReader const& store, StoreState const& newest)
{
    if (!store.contains(newest))
        return "";
    if (newest.sequence == 0)
        return "knows no state: any store counts";
    if (newest == store.state())
        return fmt::format("knows commit {}: this one", newest.sequence);
    return fmt::format("knows commit {}: the store has gone on from there", newest.sequence);
}

std::string why_refused(StoreReader const& store, StoreState const& newest)
{
    if (newest.sequence > store.state().sequence)
        return fmt::format("the store is older than it was: the CAS knows commit {}, and it has {}. A copy from before "
                           "was put in its place, or a disk has lost what it had kept",
            newest.sequence, store.state().sequence);
    return fmt::format("the store has another history than the CAS knows: its commit {} is another one, so it was "
                       "written to from an older copy",
        newest.sequence);
}

} // namespace farl::owner
