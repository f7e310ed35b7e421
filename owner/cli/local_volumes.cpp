#include "owner/cli/local_volumes.h"

#include "abi/formats/startup_config.h"

#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

constexpr std::string_view kSession = "local"; // what the store calls them all

Store open_store(std::string const& directory)
{
    mkdir(directory.c_str(), 0700); // if it cannot be made, the next line says so
    return { directory + "/keys.db", MasterKey::load_or_create(directory + "/master.key") };
}

Rollback rollback_of(formats::VolumeRollback rollback)
{
    switch (rollback) {
    case formats::VolumeRollback::Strict:
        return Rollback::Strict;
    case formats::VolumeRollback::Lazy:
        return Rollback::Lazy;
    case formats::VolumeRollback::None:
        break;
    }
    return Rollback::None;
}

// Over the zeros that are there.
void put(Secret& startup, formats::VolumeAccess const& volume, VolumeRecord const& record)
{
    auto const* begin = startup.readable().data();
    auto const offset = static_cast<size_t>(reinterpret_cast<unsigned char const*>(volume.key.data()) - begin);
    auto* header = startup.writable().data() + offset;
    using Header = formats::VolumeAccessHeader;
    std::memcpy(header + offsetof(Header, key), record.key.reveal().data(), record.key.size());
    std::memcpy(header + offsetof(Header, id), record.id.data(), record.id.size());
    std::memcpy(header + offsetof(Header, sequence), &record.newest.sequence, sizeof(record.newest.sequence));
    std::memcpy(header + offsetof(Header, tag), record.newest.tag.data(), record.newest.tag.size());
}

} // namespace

LocalVolumes::LocalVolumes(std::string const& directory, ByName<std::string> files, Accept accept)
    : store_(open_store(directory)),
      files_(std::move(files)),
      accept_(accept)
{
}

std::optional<Denial> LocalVolumes::fill_in(Secret& startup, VolumeHolder const& holder)
{
    auto const config = formats::StartupConfig::parse(std::as_bytes(startup.readable()));
    if (config.is_error())
        return Denial { Denial::Reason::NotSupported, "the startup configuration is damaged" };
    for (auto const& volume : config.value().volumes())
        wanted_.emplace(
            files_.at(std::string(volume.name)), Volume { std::string(volume.path), rollback_of(volume.rollback) });
    auto book = store_.volumes();
    auto taken = book.take(kSession, wanted_, holder);
    if (std::holds_alternative<Denial>(taken))
        return Denial { Denial::Reason::VolumeInUse,
            "another program has the file of one of its volumes; end that first" };
    auto& records = std::get<ByName<VolumeRecord>>(taken);
    for (auto const& volume : config.value().volumes()) {
        auto const& file = files_.at(std::string(volume.name));
        if (accept_ == Accept::Any) {
            book.forget_state(kSession, file, {});
            records.at(file).newest = {};
        }
        put(startup, volume, records.at(file));
    }
    return {};
}

std::optional<Denial> LocalVolumes::keep(StateToKeep const& wanted, VolumeHolder const& holder)
{
    auto const file = files_.find(wanted.volume);
    if (file == files_.end())
        return Denial { Denial::Reason::LeaseLost, "this start has no such volume" };
    auto of_file = wanted;
    of_file.session = kSession;
    of_file.volume = file->second;
    return store_.volumes().keep(of_file, holder);
}

VolumeRecord LocalVolumes::of_file(std::string const& directory, std::string const& file)
{
    auto store = open_store(directory);
    return store.volumes().one(kSession, file);
}

void LocalVolumes::renew(std::string const& directory, std::string const& file, VolumeRenewal const& renewal)
{
    auto store = open_store(directory);
    store.volumes().renew(kSession, file, renewal, {});
}

void LocalVolumes::give_back(Hash const& holder) { store_.volumes().give_back(kSession, wanted_, holder); }

} // namespace farl::owner
