#include "abi/wire/launch_config.h"

#include "abi/sgx/layout.h"
#include "base/checked.h"

#include <cstring>

namespace farl::wire {

using Bytes = std::span<std::byte const>;

namespace {

constexpr uint64_t kAlignment = 8;

struct Record {
    LaunchRecord type;
    Bytes payload;
    Bytes rest; // what follows the padding
};

// The caller knows that `bytes` is large enough.
template <typename T>
T load(Bytes bytes)
{
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
}

std::string_view as_text(Bytes bytes) { return { reinterpret_cast<char const*>(bytes.data()), bytes.size() }; }

bool contains(std::string_view text, char wanted)
{
    for (char character : text)
        if (character == wanted)
            return true;
    return false;
}

bool is_zero(Bytes bytes)
{
    for (auto byte : bytes)
        if (byte != std::byte { 0 })
            return false;
    return true;
}

Result<Record> first_record(Bytes records)
{
    if (records.size() < sizeof(LaunchRecordHeader))
        return Errno::Einval;
    auto header = load<LaunchRecordHeader>(records);
    auto after_header = records.subspan(sizeof(LaunchRecordHeader));
    if (header.flags != 0 || header.length > after_header.size())
        return Errno::Einval;

    // Cannot wrap: the length is at most the size of memory. The padding may still be missing.
    auto padded = align_up(header.length, kAlignment);
    if (padded > after_header.size() || !is_zero(after_header.subspan(header.length, padded - header.length)))
        return Errno::Einval;
    auto type = static_cast<LaunchRecord>(header.type);
    return Record { type, after_header.first(header.length), after_header.subspan(padded) };
}

Result<std::string_view> checked_text(Bytes payload)
{
    auto text = as_text(payload);
    if (contains(text, '\0'))
        return Errno::Einval;
    return text;
}

Result<> take_path(std::string_view& path, Bytes payload)
{
    auto text = TRY(checked_text(payload));
    if (!path.empty() || text.empty() || text[0] != '/')
        return Errno::Einval;
    path = text;
    return {};
}

bool is_sound(LaunchSettings const& settings)
{
    constexpr uint64_t kLargestHeap = sgx::kApplicationEnd - sgx::kApplicationBase;
    return settings.heap_size >= kSmallestHeap && settings.heap_size <= kLargestHeap
        && is_aligned(settings.heap_size, kPageSize) && settings.carriers <= sgx::kTcsCount && settings.cpu_count >= 1
        && settings.log_level <= LogLevel::Debug && (settings.switches & ~kLaunchAllSwitches) == 0
        && settings.log_fd >= 0 && settings.trace_fd >= 0 && settings.stats_fd >= 0 && settings.umask <= 0777
        && settings.host_calls <= HostCalls::Async;
}

template <typename Item>
Item decode(Bytes payload);

template <>
std::string_view decode(Bytes payload)
{
    return as_text(payload);
}

template <>
PatchTable decode(Bytes payload)
{
    return { load<FileIdentity>(payload), payload.subspan(sizeof(FileIdentity)) };
}

template <>
uint32_t decode(Bytes payload)
{
    return load<uint32_t>(payload);
}

} // namespace

Result<LaunchConfig> LaunchConfig::parse(Bytes block)
{
    if (block.size() < sizeof(LaunchHeader))
        return Errno::Einval;
    auto header = load<LaunchHeader>(block);
    if (header.magic != kLaunchMagic || header.version != kLaunchVersion)
        return Errno::Einval;
    if (header.size < sizeof(LaunchHeader) || header.size > block.size() || header.size > kLargestLaunchConfig)
        return Errno::Einval;

    LaunchConfig config;
    auto records = block.first(header.size).subspan(sizeof(LaunchHeader));
    TRY(config.take_records(records, header.record_count));
    if (!config.is_complete())
        return Errno::Einval;
    return config;
}

Result<> LaunchConfig::take_records(Bytes records, uint32_t count)
{
    records_ = records;
    for (uint32_t i = 0; i < count; ++i) {
        auto record = TRY(first_record(records));
        TRY(take(record.type, record.payload));
        records = record.rest;
    }
    return records.empty() ? Result<> {} : Errno::Einval;
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
        TRY(checked_text(payload));
        ++argument_count_;
        return {};
    case LaunchRecord::Environment:
        TRY(checked_text(payload));
        ++environment_count_;
        return {};
    case LaunchRecord::PatchTable:
        return payload.size() >= sizeof(FileIdentity) ? Result<> {} : Errno::Einval;
    case LaunchRecord::Descriptor:
        return take_descriptor(payload);
    case LaunchRecord::Group:
        return payload.size() == sizeof(uint32_t) ? Result<> {} : Errno::Einval;
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
    if (payload.size() != sizeof(uint32_t))
        return Errno::Einval;
    auto number = load<uint32_t>(payload);
    if (number < descriptors_end_ || number >= kMostDescriptors)
        return Errno::Einval;
    descriptors_end_ = number + 1;
    return {};
}

bool LaunchConfig::has_own_descriptors_apart() const
{
    for (auto number : descriptors())
        for (auto own : { settings_.log_fd, settings_.trace_fd, settings_.stats_fd })
            if (number == static_cast<uint32_t>(own))
                return false;
    return true;
}

bool LaunchConfig::is_complete() const
{
    return has_settings_ && !program_.empty() && !root_directory_.empty() && !working_directory_.empty()
        && argument_count_ > 0 && has_own_descriptors_apart();
}

template <typename Item, LaunchRecord Type>
Item LaunchRecords<Item, Type>::Iterator::operator*() const
{
    return decode<Item>(MUST(first_record(rest_)).payload);
}

template <typename Item, LaunchRecord Type>
auto LaunchRecords<Item, Type>::Iterator::operator++() -> Iterator&
{
    rest_ = MUST(first_record(rest_)).rest;
    skip_others();
    return *this;
}

template <typename Item, LaunchRecord Type>
void LaunchRecords<Item, Type>::Iterator::skip_others()
{
    while (!rest_.empty()) {
        auto record = MUST(first_record(rest_));
        if (record.type == Type)
            return;
        rest_ = record.rest;
    }
}

template class LaunchRecords<std::string_view, LaunchRecord::Argument>;
template class LaunchRecords<std::string_view, LaunchRecord::Environment>;
template class LaunchRecords<PatchTable, LaunchRecord::PatchTable>;
template class LaunchRecords<uint32_t, LaunchRecord::Descriptor>;
template class LaunchRecords<uint32_t, LaunchRecord::Group>;

} // namespace farl::wire
