#include "abi/formats/startup_config.h"

#include "abi/formats/canonical_path.h"

#include <cstddef>
#include <cstring>

namespace farl::formats {

namespace {

constexpr uint32_t kHighestMode = 0777;

InjectedFileHeader header_of(Bytes payload)
{
    InjectedFileHeader header;
    std::memcpy(&header, payload.data(), sizeof(header));
    return header;
}

} // namespace

InjectedFile as_injected_file(Bytes payload)
{
    auto header = header_of(payload);
    auto rest = payload.subspan(sizeof(header));
    return { header.mode, as_text(rest.first(header.path_size)), rest.subspan(header.path_size) };
}

Result<StartupConfig> StartupConfig::parse(Bytes block)
{
    StartupConfig config;
    config.records_ = TRY(Records::parse_whole(block, kStartupConfig));
    for (auto record : config.records_)
        TRY(config.take(static_cast<StartupRecord>(record.type), record.payload));
    config.credentials_ = TRY(Credentials::of(config.records_));
    if (config.working_directory_.empty() || config.argument_count_ == 0)
        return Errno::Einval;
    if (config.has_user_ && config.image_.empty())
        return Errno::Einval;
    if ((config.volume_count_ == 0) != (config.volume_lease_seconds_ == 0))
        return Errno::Einval;
    return config;
}

Result<> StartupConfig::take(StartupRecord type, Bytes payload)
{
    switch (type) {
    case StartupRecord::WorkingDirectory:
        return take_working_directory(payload);
    case StartupRecord::Argument:
        return take_argument(payload);
    case StartupRecord::Environment:
        TRY(checked_variable(payload));
        ++environment_count_;
        return {};
    case StartupRecord::File:
        return take_file(payload);
    case StartupRecord::ConsoleKey:
        return take_console_key(payload);
    case StartupRecord::Image:
        return take_image(payload);
    case StartupRecord::User:
        return take_user(payload);
    case StartupRecord::Volume:
        return take_volume(payload);
    case StartupRecord::VolumeLease:
        return take_volume_lease(payload);
    case StartupRecord::Network:
        return take_network(payload);
    case StartupRecord::NetworkRule:
    case StartupRecord::TicketKeys:
    case StartupRecord::CredentialsDue:
        return has_network_ ? Credentials::check(static_cast<CredentialRecord>(type), payload) : Errno::Einval;
    }
    return Errno::Einval;
}

Result<> StartupConfig::take_working_directory(Bytes payload)
{
    if (!working_directory_.empty())
        return Errno::Einval;
    working_directory_ = TRY(checked_absolute_path(payload));
    return {};
}

// The first names the program.
Result<> StartupConfig::take_argument(Bytes payload)
{
    auto text = TRY(checked_text(payload));
    if (argument_count_++ == 0 && text.empty())
        return Errno::Einval;
    return {};
}

Result<> StartupConfig::take_file(Bytes payload)
{
    if (payload.size() < sizeof(InjectedFileHeader))
        return Errno::Einval;
    auto header = header_of(payload);
    if (header.mode > kHighestMode || header.path_size > payload.size() - sizeof(header))
        return Errno::Einval;
    auto path = TRY(checked_absolute_path(payload.subspan(sizeof(header), header.path_size)));
    if (!is_canonical_path(path) || path <= last_path_)
        return Errno::Einval;
    last_path_ = path;
    ++file_count_;
    return {};
}

Result<> StartupConfig::take_console_key(Bytes payload)
{
    if (!console_key_.empty() || payload.size() != kConsoleKeySize)
        return Errno::Einval;
    console_key_ = payload;
    return {};
}

Result<> StartupConfig::take_image(Bytes payload)
{
    ImageAccess access;
    if (!image_.empty() || payload.size() != sizeof(access))
        return Errno::Einval;
    std::memcpy(&access.flags, payload.data() + offsetof(ImageAccess, flags), sizeof(access.flags));
    if (access.flags != 0)
        return Errno::Einval;
    image_ = payload;
    return {};
}

Result<> StartupConfig::take_user(Bytes payload)
{
    constexpr uint32_t kNobody = ~0u; // setuid(2): no id
    if (has_user_ || payload.size() < sizeof(user_) || payload.size() % sizeof(uint32_t) != 0)
        return Errno::Einval;
    std::memcpy(&user_, payload.data(), sizeof(user_));
    has_user_ = true;
    supplementary_groups_ = payload.subspan(sizeof(user_));
    bool is_somebody = user_.uid != kNobody && user_.gid != kNobody;
    for (size_t i = 0; i < supplementary_group_count(); ++i)
        is_somebody &= supplementary_group(i) != kNobody;
    return is_somebody && supplementary_group_count() <= kMostSupplementaryGroups ? Result<> {} : Errno::Einval;
}

Result<> StartupConfig::take_volume(Bytes payload)
{
    auto const volume = TRY(checked_volume(payload));
    if (volume_count_ == kMostVolumes || volume.name <= last_volume_)
        return Errno::Einval;
    for (auto other : volumes()) {
        if (other.name == volume.name) // itself
            break;
        if (are_nested(other.path, volume.path))
            return Errno::Einval;
    }
    last_volume_ = volume.name;
    ++volume_count_;
    return {};
}

Result<> StartupConfig::take_volume_lease(Bytes payload)
{
    auto const seconds = TRY(checked_number(payload));
    if (volume_lease_seconds_ != 0 || seconds == 0)
        return Errno::Einval;
    volume_lease_seconds_ = seconds;
    return {};
}

Result<> StartupConfig::take_network(Bytes payload)
{
    if (has_network_ || payload.size() != sizeof(network_))
        return Errno::Einval;
    std::memcpy(&network_, payload.data(), sizeof(network_));
    has_network_ = true;
    return network_.flags & ~kNetworkAllFlags ? Errno::Einval : Result<> {};
}

} // namespace farl::formats
