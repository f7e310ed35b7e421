#include "owner/launch/config_writer.h"

#include "base/checked.h"

#include <cstring>

namespace farl::owner {

ConfigWriter::ConfigWriter() : bytes_(sizeof(wire::LaunchHeader)) { }

void ConfigWriter::add_settings(wire::LaunchSettings const& settings)
{
    begin_record(wire::LaunchRecord::Settings, sizeof(settings));
    append(&settings, sizeof(settings));
    pad();
}

void ConfigWriter::add_text(wire::LaunchRecord type, std::string_view text)
{
    begin_record(type, text.size());
    append(text.data(), text.size());
    pad();
}

void ConfigWriter::add_number(wire::LaunchRecord type, uint32_t number)
{
    begin_record(type, sizeof(number));
    append(&number, sizeof(number));
    pad();
}

void ConfigWriter::add_patch_table(wire::FileIdentity const& file, std::span<std::byte const> table)
{
    begin_record(wire::LaunchRecord::PatchTable, sizeof(file) + table.size());
    append(&file, sizeof(file));
    append(table.data(), table.size());
    pad();
}

std::span<std::byte const> ConfigWriter::bytes()
{
    wire::LaunchHeader header { wire::kLaunchMagic, wire::kLaunchVersion, record_count_, bytes_.size() };
    std::memcpy(bytes_.data(), &header, sizeof(header));
    return bytes_;
}

void ConfigWriter::begin_record(wire::LaunchRecord type, size_t length)
{
    wire::LaunchRecordHeader header { static_cast<uint32_t>(type), 0, length };
    append(&header, sizeof(header));
    ++record_count_;
}

void ConfigWriter::append(void const* data, size_t size)
{
    auto const* bytes = static_cast<std::byte const*>(data);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
}

void ConfigWriter::pad() { bytes_.resize(align_up<size_t>(bytes_.size(), 8)); }

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
