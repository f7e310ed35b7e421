#include "owner/cli/volume_access.h"

#include "owner/digest/hexadecimal.h"
#include "owner/keys/key_file.h"
#include "owner/keys/openssl.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <unistd.h>

namespace farl::owner {

namespace {

void fill_random(unsigned char* bytes, size_t size)
{
    require(RAND_priv_bytes(bytes, static_cast<int>(size)) == 1, "make random bytes");
}

VolumeId id_in(StoreFile const& file)
{
    auto const id = StoreReader::id_of(file);
    if (!id)
        throw UserError(kNotRunnable, fmt::format("{}: is no volume, or its superblocks are damaged", file.path()));
    return *id;
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
    app.add_option("--key-file", key_file_)->required();
}

Secret VolumeAccess::volume_key_in(std::string const& path)
{
    auto const text = read_key_file(path);
    auto digits = text.reveal();
    while (digits.ends_with('\n'))
        digits.remove_suffix(1);
    auto bytes = bytes_from_hex(digits);
    if (!bytes || bytes->size() != kVolumeKeySize)
        throw UserError(kNotRunnable, fmt::format("{}: expected a volume's key of 64 hexadecimal digits", path));
    Secret key(std::string_view(reinterpret_cast<char const*>(bytes->data()), bytes->size()));
    explicit_bzero(bytes->data(), bytes->size());
    return key;
}

Secret VolumeAccess::volume_key_in_or_made(std::string const& path)
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

OpenedVolume::OpenedVolume(std::string const& path, Secret const& key)
    : file_(StoreFile::open(path)),
      id_(id_in(file_)),
      seals_(key, id_)
{
    try {
        store_.emplace(file_, seals_);
    } catch (StoreDamage const& damage) {
        throw UserError(kNotRunnable, fmt::format("{}: {}", path, damage.what()));
    }
}

} // namespace farl::owner
