#include "owner/launch/config_writer.h"

namespace farl::owner {

namespace {

template <typename T>
std::span<std::byte const> bytes_of(T const& value)
{
    return std::as_bytes(std::span(&value, 1));
}

} // namespace

void ConfigWriter::add_settings(wire::LaunchSettings const& settings)
{
    records_.add(wire::LaunchRecord::Settings, { bytes_of(settings) });
}

void ConfigWriter::add_text(wire::LaunchRecord type, std::string_view text)
{
    records_.add(type, { std::as_bytes(std::span(text)) });
}

void ConfigWriter::add_number(wire::LaunchRecord type, uint32_t number) { records_.add(type, { bytes_of(number) }); }

void ConfigWriter::add_cas_key(std::span<std::byte const> key) { records_.add(wire::LaunchRecord::CasKey, { key }); }

void ConfigWriter::add_volume_file(std::string_view name, std::string_view path)
{
    constexpr char kBetween = '\0';
    records_.add(wire::LaunchRecord::VolumeFile,
        { std::as_bytes(std::span(name)), bytes_of(kBetween), std::as_bytes(std::span(path)) });
}

void ConfigWriter::add_patch_table(wire::FileIdentity const& file, std::span<std::byte const> table)
{
    records_.add(wire::LaunchRecord::PatchTable, { bytes_of(file), table });
}

wire::FileIdentity identity_of(struct stat const& status)
{
    return {
        .device = status.st_dev,
        .inode = status.st_ino,
        .size = static_cast<uint64_t>(status.st_size),
        .modified_s = status.st_mtim.tv_sec,
        .modified_ns = status.st_mtim.tv_nsec,
        .changed_s = status.st_ctim.tv_sec,
        .changed_ns = status.st_ctim.tv_nsec,
    };
}

} // namespace farl::owner
