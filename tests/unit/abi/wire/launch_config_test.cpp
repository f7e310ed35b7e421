#include "abi/wire/launch_config.h"

#include "owner/launch/config_writer.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace farl {

using owner::ConfigWriter;
using wire::LaunchConfig;
using wire::LaunchRecord;
using Bytes = std::vector<std::byte>;

namespace {

wire::LaunchSettings const kSettings {
    .heap_size = 1ull << 30,
    .ignored_signals = 1,
    .carriers = 2,
    .cpu_count = 2,
    .log_level = wire::LogLevel::Warning,
    .switches = wire::kLaunchTrace,
    .log_fd = 2,
    .trace_fd = 100,
    .stats_fd = 2,
    .umask = 022,
    .uid = 1000,
};

wire::FileIdentity const kLibc { .device = 1, .inode = 77, .size = 4096, .modified_s = 5, .changed_ns = 6 };

Bytes bytes_of(ConfigWriter& writer)
{
    auto block = writer.bytes();
    return { block.begin(), block.end() };
}

Bytes table_bytes()
{
    Bytes table(11);
    table[3] = std::byte { 42 };
    return table;
}

ConfigWriter typical()
{
    ConfigWriter writer;
    writer.add_settings(kSettings);
    writer.add_text(LaunchRecord::Program, "/usr/bin/sort");
    writer.add_text(LaunchRecord::RootDirectory, "/");
    writer.add_text(LaunchRecord::WorkingDirectory, "/tmp");
    writer.add_text(LaunchRecord::Argument, "sort");
    writer.add_text(LaunchRecord::Environment, "HOME=/root");
    writer.add_text(LaunchRecord::Argument, "");
    writer.add_patch_table(kLibc, table_bytes());
    writer.add_number(LaunchRecord::Descriptor, 0);
    writer.add_number(LaunchRecord::Descriptor, 7);
    writer.add_number(LaunchRecord::Group, 27);
    return writer;
}

ConfigWriter attested()
{
    ConfigWriter writer;
    writer.add_settings(kSettings);
    writer.add_text(LaunchRecord::RootDirectory, "/");
    writer.add_number(LaunchRecord::CasSocket, 203);
    writer.add_text(LaunchRecord::CasService, "shop/front");
    return writer;
}

// An allocation of exactly the block's size, so that a sanitizer sees the first byte read beyond it.
bool is_accepted(std::span<std::byte const> block)
{
    auto copy = std::make_unique<std::byte[]>(block.size());
    std::copy(block.begin(), block.end(), copy.get());
    return LaunchConfig::parse({ copy.get(), block.size() }).is_ok();
}

Bytes rewritten(LaunchConfig const& config)
{
    ConfigWriter writer;
    writer.add_settings(config.settings());
    writer.add_text(LaunchRecord::Program, config.program());
    writer.add_text(LaunchRecord::RootDirectory, config.root_directory());
    writer.add_text(LaunchRecord::WorkingDirectory, config.working_directory());
    for (auto argument : config.arguments())
        writer.add_text(LaunchRecord::Argument, argument);
    for (auto variable : config.environment())
        writer.add_text(LaunchRecord::Environment, variable);
    for (auto number : config.descriptors())
        writer.add_number(LaunchRecord::Descriptor, number);
    for (auto group : config.groups())
        writer.add_number(LaunchRecord::Group, group);
    for (auto entry : config.patch_tables())
        writer.add_patch_table(entry.file, entry.table);
    return bytes_of(writer);
}

} // namespace

TEST(LaunchConfig, gives_back_what_was_written)
{
    auto writer = typical();
    auto block = bytes_of(writer);
    auto config = MUST(LaunchConfig::parse(block));

    EXPECT_EQ(config.program(), "/usr/bin/sort");
    EXPECT_EQ(config.root_directory(), "/");
    EXPECT_EQ(config.working_directory(), "/tmp");
    EXPECT_EQ(config.settings().heap_size, 1ull << 30);
    EXPECT_EQ(config.settings().trace_fd, 100);
    EXPECT_EQ(config.argument_count(), 2u);
    EXPECT_EQ(config.environment_count(), 1u);

    std::vector<std::string> arguments;
    for (auto argument : config.arguments())
        arguments.emplace_back(argument);
    EXPECT_EQ(arguments, (std::vector<std::string> { "sort", "" }));
    for (auto variable : config.environment())
        EXPECT_EQ(variable, "HOME=/root");

    std::vector<uint32_t> descriptors;
    for (auto number : config.descriptors())
        descriptors.push_back(number);
    EXPECT_EQ(descriptors, (std::vector<uint32_t> { 0, 7 }));

    for (auto group : config.groups())
        EXPECT_EQ(group, 27u);

    size_t tables = 0;
    for (auto entry : config.patch_tables()) {
        EXPECT_EQ(entry.file, kLibc);
        EXPECT_EQ(Bytes(entry.table.begin(), entry.table.end()), table_bytes());
        ++tables;
    }
    EXPECT_EQ(tables, 1u);
}

TEST(LaunchConfig, ignores_what_follows_the_block)
{
    auto writer = typical();
    auto block = bytes_of(writer);
    block.resize(block.size() + 4096, std::byte { 0xff });
    EXPECT_TRUE(LaunchConfig::parse(block).is_ok());
}

TEST(LaunchConfig, refuses_every_truncation)
{
    auto writer = typical();
    auto block = bytes_of(writer);
    ASSERT_TRUE(is_accepted(block));
    for (size_t size = 0; size < block.size(); ++size)
        EXPECT_FALSE(is_accepted(std::span(block).first(size))) << size;
}

TEST(LaunchConfig, refuses_every_truncation_that_the_header_admits)
{
    auto writer = typical();
    auto block = bytes_of(writer);
    for (uint64_t size = 0; size < block.size(); ++size) {
        auto cut = Bytes(block.begin(), block.begin() + static_cast<ptrdiff_t>(size));
        if (size >= sizeof(formats::BlockHeader))
            std::memcpy(cut.data() + offsetof(formats::BlockHeader, size), &size, sizeof(size));
        EXPECT_FALSE(is_accepted(cut)) << size;
    }
}

// The format is canonical: a block that is accepted at all says exactly what its bytes say.
TEST(LaunchConfig, refuses_or_represents_every_mutation_of_a_byte)
{
    ConfigWriter writer;
    writer.add_settings(kSettings);
    writer.add_text(LaunchRecord::Program, "/bin/true");
    writer.add_text(LaunchRecord::RootDirectory, "/");
    writer.add_text(LaunchRecord::WorkingDirectory, "/tmp");
    writer.add_text(LaunchRecord::Argument, "true");
    writer.add_text(LaunchRecord::Environment, "A=");
    writer.add_number(LaunchRecord::Descriptor, 4);
    writer.add_number(LaunchRecord::Group, 0);
    writer.add_patch_table(kLibc, table_bytes());
    auto const original = bytes_of(writer);

    size_t refused = 0;
    for (size_t position = 0; position < original.size(); ++position) {
        for (unsigned value = 0; value < 256; ++value) {
            auto mutant = original;
            mutant[position] = static_cast<std::byte>(value);
            auto config = LaunchConfig::parse(mutant);
            if (config.is_ok())
                EXPECT_EQ(rewritten(config.value()), mutant) << position << " " << value;
            else
                ++refused;
        }
    }
    EXPECT_GT(refused, original.size() * 64);
}

TEST(LaunchConfig, refuses_lengths_that_wrap)
{
    auto writer = typical();
    auto block = bytes_of(writer);
    auto length_at = sizeof(formats::BlockHeader) + offsetof(formats::RecordHeader, length);
    for (uint64_t length : { ~0ul, ~0ul - 7, ~0ul - 15, 1ul << 63, block.size() }) {
        std::memcpy(block.data() + length_at, &length, sizeof(length));
        EXPECT_FALSE(is_accepted(block)) << length;
    }
}

TEST(LaunchConfig, refuses_a_record_count_that_differs)
{
    auto writer = typical();
    auto block = bytes_of(writer);
    for (uint32_t count : { 0u, 1u, 10u, 12u, ~0u }) {
        std::memcpy(block.data() + offsetof(formats::BlockHeader, record_count), &count, sizeof(count));
        EXPECT_FALSE(is_accepted(block)) << count;
    }
}

TEST(LaunchConfig, refuses_a_second_copy_of_a_single_record)
{
    for (auto type : { LaunchRecord::Program, LaunchRecord::RootDirectory, LaunchRecord::WorkingDirectory }) {
        auto writer = typical();
        writer.add_text(type, "/again");
        EXPECT_FALSE(is_accepted(writer.bytes()));
    }
    auto writer = typical();
    writer.add_settings(kSettings);
    EXPECT_FALSE(is_accepted(writer.bytes()));
}

TEST(LaunchConfig, refuses_relative_paths_embedded_zeros_and_unknown_records)
{
    auto with = [](LaunchRecord type, std::string_view text) {
        auto writer = typical();
        writer.add_text(type, text);
        return is_accepted(writer.bytes());
    };
    EXPECT_TRUE(with(LaunchRecord::Argument, "more"));
    EXPECT_FALSE(with(LaunchRecord::Argument, std::string_view("a\0b", 3)));
    EXPECT_FALSE(with(LaunchRecord::Environment, std::string_view("\0", 1)));
    EXPECT_FALSE(with(static_cast<LaunchRecord>(99), "?"));

    ConfigWriter relative;
    relative.add_settings(kSettings);
    relative.add_text(LaunchRecord::Program, "bin/true");
    relative.add_text(LaunchRecord::RootDirectory, "/");
    relative.add_text(LaunchRecord::WorkingDirectory, "/");
    relative.add_text(LaunchRecord::Argument, "true");
    EXPECT_FALSE(is_accepted(relative.bytes()));
}

TEST(LaunchConfig, refuses_descriptors_that_repeat_go_down_are_too_large_or_farls_own)
{
    auto with = [](uint32_t number) {
        auto writer = typical(); // which has 0 and 7
        writer.add_number(LaunchRecord::Descriptor, number);
        return is_accepted(writer.bytes());
    };
    EXPECT_TRUE(with(8));
    EXPECT_TRUE(with(wire::kMostDescriptors - 1));
    EXPECT_FALSE(with(7));
    EXPECT_FALSE(with(3));
    EXPECT_FALSE(with(wire::kMostDescriptors));
    EXPECT_FALSE(with(~0u));
    EXPECT_FALSE(with(static_cast<uint32_t>(kSettings.trace_fd)));
}

TEST(LaunchConfig, refuses_a_number_of_another_size)
{
    for (std::string_view payload : { "", "abc", "abcde", "abcdefgh" }) {
        for (auto type : { LaunchRecord::Descriptor, LaunchRecord::Group }) {
            auto writer = typical();
            writer.add_text(type, payload);
            EXPECT_FALSE(is_accepted(writer.bytes())) << payload;
        }
    }
}

TEST(LaunchConfig, says_where_the_startup_configuration_comes_from)
{
    Bytes const key(wire::kCasKeySize, std::byte { 7 });
    auto writer = attested();
    writer.add_cas_key(key);
    auto block = bytes_of(writer);
    auto config = MUST(LaunchConfig::parse(block));
    ASSERT_TRUE(config.cas());
    EXPECT_EQ(config.cas()->socket, 203);
    EXPECT_EQ(config.cas()->service, "shop/front");
    EXPECT_TRUE(std::ranges::equal(config.cas()->key, key));
    EXPECT_TRUE(is_accepted(attested().bytes()));

    auto plain = typical();
    EXPECT_FALSE(MUST(LaunchConfig::parse(plain.bytes())).cas());
}

TEST(LaunchConfig, refuses_what_a_startup_configuration_decides_beside_a_cas)
{
    for (auto type :
        { LaunchRecord::Program, LaunchRecord::WorkingDirectory, LaunchRecord::Argument, LaunchRecord::Environment }) {
        auto writer = attested();
        writer.add_text(type, "/A=1");
        EXPECT_FALSE(is_accepted(writer.bytes())) << static_cast<uint32_t>(type);
    }
}

TEST(LaunchConfig, refuses_half_a_cas_and_two_of_them)
{
    auto typical_with = [](auto add) {
        auto writer = typical();
        add(writer);
        return is_accepted(writer.bytes());
    };
    auto attested_with = [](auto add) {
        auto writer = attested();
        add(writer);
        return is_accepted(writer.bytes());
    };
    Bytes const key(wire::kCasKeySize), short_key(wire::kCasKeySize - 1);
    auto add_socket = [](ConfigWriter& writer) { writer.add_number(LaunchRecord::CasSocket, 204); };
    auto add_service = [](ConfigWriter& writer) { writer.add_text(LaunchRecord::CasService, "a/b"); };

    EXPECT_TRUE(typical_with([](auto&) {}));
    EXPECT_FALSE(typical_with(add_socket));
    EXPECT_FALSE(typical_with(add_service));
    EXPECT_FALSE(typical_with([&](auto& writer) { writer.add_cas_key(key); }));
    EXPECT_FALSE(attested_with(add_socket));
    EXPECT_FALSE(attested_with(add_service));
    EXPECT_TRUE(attested_with([&](auto& writer) { writer.add_cas_key(key); }));
    EXPECT_FALSE(attested_with([&](auto& writer) { writer.add_cas_key(short_key); }));
    EXPECT_TRUE(attested_with([](auto& writer) { writer.add_number(LaunchRecord::Descriptor, 204); }));
    EXPECT_FALSE(attested_with([](auto& writer) { writer.add_number(LaunchRecord::Descriptor, 203); }));
}

TEST(LaunchConfig, says_where_the_host_keeps_volumes)
{
    auto writer = attested();
    writer.add_volume_file("data", "/srv/data.volume");
    writer.add_volume_file("log", "/x");
    writer.add_text(LaunchRecord::VolumeDirectory, "/var/volumes");
    auto block = bytes_of(writer);
    auto config = MUST(LaunchConfig::parse(block));
    std::vector<std::string> files;
    for (auto const& file : config.volume_files())
        files.push_back(std::string(file.name) + " " + std::string(file.path));
    EXPECT_EQ(files, (std::vector<std::string> { "data /srv/data.volume", "log /x" }));
    EXPECT_EQ(config.volume_directory(), "/var/volumes");
    for (size_t size = 0; size < block.size(); ++size)
        EXPECT_FALSE(is_accepted(std::span(block).first(size))) << size;
}

TEST(LaunchConfig, refuses_volumes_without_a_cas_a_name_an_absolute_path_and_an_order)
{
    auto with = [](auto add, bool has_cas = true) {
        auto writer = has_cas ? attested() : typical();
        add(writer);
        return is_accepted(writer.bytes());
    };
    auto file = [](std::string name, std::string path) {
        return [=](ConfigWriter& writer) { writer.add_volume_file(name, path); };
    };
    auto text = [](LaunchRecord type, std::string value) {
        return [=](ConfigWriter& writer) { writer.add_text(type, value); };
    };
    EXPECT_TRUE(with(file("a", "/a")));
    EXPECT_FALSE(with(file("a", "/a"), false));
    EXPECT_FALSE(with(text(LaunchRecord::VolumeDirectory, "/a"), false));
    for (auto name : { "", "a/b", ".." })
        EXPECT_FALSE(with(file(name, "/a"))) << name;
    for (auto path : { "", "a" })
        EXPECT_FALSE(with(file("a", path))) << path;
    EXPECT_FALSE(with(file("a", std::string("/a\0b", 4))));
    EXPECT_FALSE(with(text(LaunchRecord::VolumeFile, "a")));
    EXPECT_FALSE(with(text(LaunchRecord::VolumeDirectory, "relative")));
    auto both = [&](std::string first, std::string second) {
        return with([&](ConfigWriter& writer) {
            writer.add_volume_file(first, "/1");
            writer.add_volume_file(second, "/2");
        });
    };
    EXPECT_TRUE(both("a", "b"));
    EXPECT_FALSE(both("b", "a"));
    EXPECT_FALSE(both("a", "a"));
    EXPECT_FALSE(with([](ConfigWriter& writer) {
        writer.add_text(LaunchRecord::VolumeDirectory, "/a");
        writer.add_text(LaunchRecord::VolumeDirectory, "/a");
    }));
}

TEST(LaunchConfig, refuses_settings_out_of_range)
{
    auto with = [](auto change) {
        auto settings = kSettings;
        change(settings);
        ConfigWriter writer;
        writer.add_settings(settings);
        writer.add_text(LaunchRecord::Program, "/bin/true");
        writer.add_text(LaunchRecord::RootDirectory, "/");
        writer.add_text(LaunchRecord::WorkingDirectory, "/");
        writer.add_text(LaunchRecord::Argument, "true");
        return is_accepted(writer.bytes());
    };
    EXPECT_TRUE(with([](auto&) {}));
    EXPECT_FALSE(with([](auto& settings) { settings.heap_size = wire::kSmallestHeap - 4096; }));
    EXPECT_FALSE(with([](auto& settings) { settings.heap_size += 1; }));
    EXPECT_FALSE(with([](auto& settings) { settings.heap_size = 1ull << 40; }));
    EXPECT_TRUE(with([](auto& settings) { settings.carriers = 0; }));
    EXPECT_FALSE(with([](auto& settings) { settings.carriers = 257; }));
    EXPECT_FALSE(with([](auto& settings) { settings.cpu_count = 0; }));
    EXPECT_FALSE(with([](auto& settings) { settings.log_level = static_cast<wire::LogLevel>(4); }));
    EXPECT_FALSE(with([](auto& settings) { settings.switches = 1u << 31; }));
    EXPECT_FALSE(with([](auto& settings) { settings.trace_fd = -1; }));
    EXPECT_FALSE(with([](auto& settings) { settings.umask = 01000; }));
}

} // namespace farl
