#include "owner/cas/startup.h"

#include "abi/formats/fspf.h"
#include "owner/cas/network.h"
#include "owner/cas/session_materials.h"
#include "owner/digest/hexadecimal.h"
#include "owner/launch/startup_writer.h"

#include <array>

namespace farl::owner {

namespace {

using formats::StartupRecord;

// A formats::ImageAccess.
Secret image_access(ImageRule const& rule, Secret const& key)
{
    auto const bytes = bytes_from_hex(key.reveal());
    if (!bytes || bytes->size() != formats::kFspfKeySize)
        throw NotSupported("the secret that is the key of the service's image is not 64 hexadecimal digits");
    constexpr std::array<char, sizeof(formats::ImageAccess::flags)> kNoFlags {};
    Secret access;
    access.append(formats::as_text(*bytes));
    access.append(formats::as_text(rule.tag));
    access.append({ kNoFlags.data(), kNoFlags.size() });
    return access;
}

formats::VolumeRollback rollback_of(Rollback rollback)
{
    switch (rollback) {
    case Rollback::Strict:
        return formats::VolumeRollback::Strict;
    case Rollback::Lazy:
        return formats::VolumeRollback::Lazy;
    case Rollback::None:
        break;
    }
    return formats::VolumeRollback::None;
}

void add_volumes(StartupWriter& writer, Service const& service, GivenVolumes const& given)
{
    for (auto const& [name, rule] : service.volumes) {
        auto const& record = given.records.find(name)->second;
        writer.add_volume({ .key = std::as_bytes(record.key.readable()),
            .id = record.id,
            .sequence = record.newest.sequence,
            .tag = record.newest.tag,
            .rollback = rollback_of(rule.rollback),
            .name = name,
            .path = rule.path });
    }
    if (!service.volumes.empty())
        writer.add_volume_lease(static_cast<uint32_t>(given.lease.count()));
}

} // namespace

Secret startup_config(Store const& store, StoredSession const& stored, std::string_view name,
    GivenVolumes const& volumes, GivenTickets const& tickets)
{
    auto const& service = stored.session.services.find(name)->second;
    auto resolved = [&](Value const& value) {
        auto const* text = std::get_if<std::string>(&value);
        return text ? Secret(*text) : store.secret(stored, std::get<SecretReference>(value));
    };
    StartupWriter writer;
    writer.add_text(StartupRecord::WorkingDirectory, service.working_directory);
    for (auto const& argument : service.argv)
        writer.add_text(StartupRecord::Argument, resolved(argument).reveal());
    for (auto const& [variable, value] : service.environment)
        writer.add_variable(variable, resolved(value).reveal());
    for (auto const& [path, file] : service.files)
        writer.add_file(file.mode, path, resolved(file.content).reveal());
    if (service.image) {
        auto const access = image_access(*service.image, resolved(service.image->key));
        writer.add_image(std::as_bytes(access.readable()));
    }
    if (service.user) {
        std::vector<uint32_t> ids { service.user->uid, service.user->gid };
        ids.insert(ids.end(), service.user->groups.begin(), service.user->groups.end());
        writer.add_user(ids);
    }
    add_network(writer, store, stored, service, tickets);
    if (service.console == ConsoleMode::Shielded)
        writer.add_text(StartupRecord::ConsoleKey, console_key(stored.materials, name).reveal());
    add_volumes(writer, service, volumes);
    auto block = writer.bytes();
    if (formats::StartupConfig::parse(block).is_error())
        throw NotSupported("the service's startup configuration is larger than 4 MiB, or a value in it has a NUL");
    return Secret(formats::as_text(block));
}

} // namespace farl::owner
