// ConfigWriter: builds the bytes that abi/wire/launch_config.h reads. It does not judge what it is given:
// parse() does, and `farl run` parses what it wrote before it starts anything.
#pragma once

#include "abi/formats/record_writer.h"
#include "abi/wire/launch_config.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <sys/stat.h>

namespace farl::owner {

class ConfigWriter {
public:
    ConfigWriter() : records_(wire::kLaunchConfig) { }

    void add_settings(wire::LaunchSettings const& settings);
    void add_text(wire::LaunchRecord type, std::string_view text);
    void add_number(wire::LaunchRecord type, uint32_t number);
    void add_cas_key(std::span<std::byte const> key);
    void add_volume_file(std::string_view name, std::string_view path);
    void add_patch_table(wire::FileIdentity const& file, std::span<std::byte const> table);

    // The whole block, with its final size and record count.
    std::span<std::byte const> bytes() { return records_.bytes(); }

private:
    formats::RecordWriter<> records_;
};

wire::FileIdentity identity_of(struct stat const& status);

} // namespace farl::owner
