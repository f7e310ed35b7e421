#include "abi/wire/launch_config.h"

#include "abi/formats/volume_access.h"
#include "abi/sgx/layout.h"
#include "base/checked.h"

#include <cstring>

namespace farl::wire {

using Bytes = std::span<std::byte const>;

namespace {

// The caller knows that `bytes` is large enough.
template <typename T>
T load(Bytes bytes)
{
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
}

Result<> take_path(std::string_view& path, Bytes payload)
{
    if (!path.empty())
        return Errno::Einval;
    path = TRY(formats::checked_absolute_path(payload));
    return {};
}

bool is_sound(LaunchSettings const& settings)
{
    constexpr uint64_t kLargestHeap = sgx::kApplicationEnd - sgx::kApplicationBase;
    return settings.heap_size >= kSmallestHeap && settings.heap_size <= kLargestHeap
        && is_aligned(settings.heap_size, kPageSize) && settings.carriers <= sgx::kTcsCount && settings.cpu_count >= 1
        && settings.log_level <= LogLevel::Debug && (settings.switches & ~kLaunchAllSwitches) == 0
        && settings.log_fd >= 0 && settings.trace_fd >= 0 && settings.stats_fd >= 0 && settings.umask <= 0777
        && settings.host_calls <= HostCalls::Async && settings.cache_size <= kLargestCache;
}

} // namespace

PatchTable as_patch_table(Bytes payload)
{
    return { load<FileIdentity>(payload), payload.subspan(sizeof(FileIdentity)) };
}

VolumeFile as_volume_file(Bytes payload)
{
    auto const text = formats::as_text(payload);
    auto const end = text.find('\0');
    return { text.substr(0, end), text.substr(end + 1) };
}

Result<LaunchConfig> LaunchConfig::parse(Bytes block)
{
    LaunchConfig config;
    config.records_ = TRY(formats::Records::parse(block, kLaunchConfig));
    for (auto record : config.records_)
        TRY(config.take(static_cast<LaunchRecord>(record.type), record.payload));
    TRY(config.complete_cas());
    if (!config.is_complete())
        return Errno::Einval;
    return config;
}

Result<> LaunchConfig::take(LaunchRecord type, Bytes payload)
{
    switch (type) {
    case LaunchRecord::Settings:
        return take_settings(payload);
    case LaunchRecord::Program:
        return take_path(program_, payload);
    case LaunchRecord::RootDirectory:
        return take_path(root_directory_, payload);
    case LaunchRecord::WorkingDirectory:
        return take_path(working_directory_, payload);
    case LaunchRecord::Argument:
        TRY(formats::checked_text(payload));
        ++argument_count_;
        return {};
    case LaunchRecord::Environment:
        TRY(formats::checked_text(payload));
        ++environment_count_;
        return {};
    case LaunchRecord::PatchTable:
        return payload.size() >= sizeof(FileIdentity) ? Result<> {} : Errno::Einval;
    case LaunchRecord::Descriptor:
        return take_descriptor(payload);
    case LaunchRecord::Group:
        TRY(formats::checked_number(payload));
        return {};
    case LaunchRecord::CasSocket:
        return take_cas_socket(payload);
    case LaunchRecord::CasService:
        return take_cas_service(payload);
    case LaunchRecord::CasKey:
        return take_cas_key(payload);
    case LaunchRecord::VolumeFile:
        return take_volume_file(payload);
    case LaunchRecord::VolumeDirectory:
        return take_path(volume_directory_, payload);
    }
    return Errno::Einval;
}

Result<> LaunchConfig::take_settings(Bytes payload)
{
    if (has_settings_ || payload.size() != sizeof(LaunchSettings))
        return Errno::Einval;
    settings_ = load<LaunchSettings>(payload);
    has_settings_ = true;
    return is_sound(settings_) ? Result<> {} : Errno::Einval;
}

Result<> LaunchConfig::take_descriptor(Bytes payload)
{
    auto number = TRY(formats::checked_number(payload));
    if (number < descriptors_end_ || number >= kMostDescriptors)
        return Errno::Einval;
    descriptors_end_ = number + 1;
    return {};
}

Result<> LaunchConfig::take_cas_socket(Bytes payload)
{
    auto number = TRY(formats::checked_number(payload));
    if (cas_socket_ || number >= kMostDescriptors)
        return Errno::Einval;
    cas_socket_ = static_cast<int>(number);
    return {};
}

Result<> LaunchConfig::take_cas_service(Bytes payload)
{
    auto text = TRY(formats::checked_text(payload));
    if (!cas_service_.empty() || text.empty())
        return Errno::Einval;
    cas_service_ = text;
    return {};
}

Result<> LaunchConfig::take_cas_key(Bytes payload)
{
    if (!cas_key_.empty() || payload.size() != kCasKeySize)
        return Errno::Einval;
    cas_key_ = payload;
    return {};
}

Result<> LaunchConfig::take_volume_file(Bytes payload)
{
    auto const text = formats::as_text(payload);
    auto const end = text.find('\0');
    if (end == text.npos)
        return Errno::Einval;
    TRY(formats::checked_absolute_path(payload.subspan(end + 1)));
    auto const name = text.substr(0, end);
    if (!formats::is_volume_name(name) || name <= last_volume_)
        return Errno::Einval;
    last_volume_ = name;
    return {};
}

Result<> LaunchConfig::complete_cas()
{
    if (!cas_socket_ && (!last_volume_.empty() || !volume_directory_.empty()))
        return Errno::Einval;
    if (cas_socket_.has_value() == cas_service_.empty() || (!cas_socket_ && !cas_key_.empty()))
        return Errno::Einval;
    if (cas_socket_)
        cas_ = { *cas_socket_, cas_service_, cas_key_ };
    return {};
}

bool LaunchConfig::has_own_descriptors_apart() const
{
    for (auto number : descriptors())
        for (auto own : { settings_.log_fd, settings_.trace_fd, settings_.stats_fd, cas_socket_.value_or(-1) })
            if (number == static_cast<uint32_t>(own))
                return false;
    return true;
}

bool LaunchConfig::is_complete() const
{
    return has_settings_ && !root_directory_.empty() && has_own_descriptors_apart()
        && (cas_ ? says_nothing_of_what_runs() : says_what_runs());
}

bool LaunchConfig::says_what_runs() const
{
    return !program_.empty() && !working_directory_.empty() && argument_count_ > 0;
}

bool LaunchConfig::says_nothing_of_what_runs() const
{
    return program_.empty() && working_directory_.empty() && argument_count_ == 0 && environment_count_ == 0;
}

} // namespace farl::wire
