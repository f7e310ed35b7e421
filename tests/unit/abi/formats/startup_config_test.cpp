#include "abi/formats/startup_config.h"

#include "tests/unit/abi/formats/block_samples.h"

#include <gtest/gtest.h>
#include <string>

namespace farl::formats {

namespace {

// Key and tag, and no flags.
std::string const kImage = std::string(48, 'i') + std::string(4, '\0');
std::string const kUser("\1\0\0\0\2\0\0\0", 8);
std::string const kUserInGroups = kUser + std::string("\3\0\0\0\4\0\0\0", 8);
std::string const kKey(kConsoleKeySize, '\0'); // no text: with another type of record it is refused

std::string file(uint32_t mode, std::string_view path, std::string_view content, uint32_t longer = 0)
{
    InjectedFileHeader header { mode, static_cast<uint32_t>(path.size()) + longer };
    std::string payload(reinterpret_cast<char const*>(&header), sizeof(header));
    return payload.append(path).append(content);
}

std::string volume(std::string_view name, std::string_view path, uint32_t rollback = 1, uint32_t longer = 0)
{
    VolumeAccessHeader header { .key = {}, .id = {}, .sequence = 7, .tag = {}, .rollback = rollback, .name_size = 0 };
    header.key[0] = header.id[0] = header.tag[15] = std::byte { 'v' };
    header.name_size = static_cast<uint32_t>(name.size()) + longer;
    return std::string(reinterpret_cast<char const*>(&header), sizeof(header)).append(name).append(path);
}

std::string const kLease("\x1e\0\0\0", 4);

std::string const kNetwork("\3\0\0\0", 4);

// To 192.0.2.0/24, port 443.
NetworkRuleHeader const kHeader { .direction = NetworkDirection::Connect,
    .mode = NetworkRuleMode::Tls,
    .flags = kRuleTls12,
    .prefix_bits = 24,
    .port = 443,
    .family = NetworkFamily::Ipv4,
    .address = { 192, 0, 2 },
    .names_size = 4,
    .protocol_size = 2,
    .certificate_size = 1,
    .key_size = 1 };
constexpr std::string_view kRuleTexts = "shoph2CKauthority";

std::string const kTicketKeys(2 * kTicketKeySize, '\0');
constexpr std::string_view kDue("\7\0\0", 4);

std::string network_rule(NetworkRuleHeader const& header, std::string_view texts)
{
    return std::string(reinterpret_cast<char const*>(&header), sizeof(header)).append(texts);
}

BlockSample smallest()
{
    return BlockSample(kStartupConfig)
        .add(StartupRecord::WorkingDirectory, "/srv")
        .add(StartupRecord::Argument, "python3");
}

BlockSample typical()
{
    return smallest()
        .add(StartupRecord::Argument, "")
        .add(StartupRecord::Environment, "LANG=C.UTF-8")
        .add(StartupRecord::File, file(0400, "/etc/key", std::string_view("a\0b", 3)))
        .add(StartupRecord::File, file(0777, "/etc/key.pem", ""))
        .add(StartupRecord::ConsoleKey, kKey)
        .add(StartupRecord::Image, kImage)
        .add(StartupRecord::User, kUserInGroups)
        .add(StartupRecord::Volume, volume("a.b", "/data"))
        .add(StartupRecord::Volume, volume("log", "/var/log", 0))
        .add(StartupRecord::VolumeLease, kLease)
        .add(StartupRecord::Network, kNetwork)
        .add(StartupRecord::NetworkRule, network_rule(kHeader, kRuleTexts))
        .add(StartupRecord::TicketKeys, kTicketKeys)
        .add(StartupRecord::CredentialsDue, kDue);
}

bool is_accepted(Bytes block)
{
    return in_exact_memory(block, [](Bytes bytes) { return StartupConfig::parse(bytes).is_ok(); });
}

bool accepts(BlockSample const& sample) { return is_accepted(sample.block()); }

std::vector<std::byte> rewritten(StartupConfig const& config)
{
    BlockSample sample(kStartupConfig);
    sample.add(StartupRecord::WorkingDirectory, config.working_directory());
    for (auto argument : config.arguments())
        sample.add(StartupRecord::Argument, argument);
    for (auto variable : config.environment())
        sample.add(StartupRecord::Environment, variable);
    for (auto injected : config.files())
        sample.add(StartupRecord::File, file(injected.mode, injected.path, as_text(injected.content)));
    if (!config.console_key().empty())
        sample.add(StartupRecord::ConsoleKey, as_text(config.console_key()));
    auto const user = config.user();
    std::string ids(as_text(std::as_bytes(std::span(&user, 1))));
    for (size_t i = 0; i < config.supplementary_group_count(); ++i) {
        auto const group = config.supplementary_group(i);
        ids += as_text(std::as_bytes(std::span(&group, 1)));
    }
    if (!config.image().empty())
        sample.add(StartupRecord::Image, as_text(config.image())).add(StartupRecord::User, ids);
    for (auto const& access : config.volumes()) {
        VolumeAccessHeader header { .key = {},
            .id = {},
            .sequence = access.sequence,
            .tag = {},
            .rollback = static_cast<uint32_t>(access.rollback),
            .name_size = static_cast<uint32_t>(access.name.size()) };
        std::ranges::copy(access.key, header.key);
        std::ranges::copy(access.id, header.id);
        std::ranges::copy(access.tag, header.tag);
        std::string payload(reinterpret_cast<char const*>(&header), sizeof(header));
        sample.add(StartupRecord::Volume, payload.append(access.name).append(access.path));
    }
    if (auto const seconds = config.volume_lease_seconds())
        sample.add(StartupRecord::VolumeLease, as_text(std::as_bytes(std::span(&seconds, 1))));
    auto const network = config.network();
    if (config.has_network())
        sample.add(StartupRecord::Network, as_text(std::as_bytes(std::span(&network, 1))));
    for (auto payload : config.credentials().network_rules()) {
        auto rule = as_network_rule(payload);
        std::string texts;
        for (auto text : { rule.host, rule.names, rule.protocol, rule.certificate, rule.key, rule.authority })
            texts.append(text);
        sample.add(StartupRecord::NetworkRule, network_rule(rule.header, texts));
    }
    if (auto const keys = config.credentials().ticket_keys(); !keys.empty())
        sample.add(StartupRecord::TicketKeys, as_text(keys));
    if (auto const seconds = config.credentials().due_seconds())
        sample.add(StartupRecord::CredentialsDue, as_text(std::as_bytes(std::span(&seconds, 1))));
    return sample.block();
}

} // namespace

TEST(StartupConfig, gives_back_what_was_written)
{
    auto block = typical().block();
    auto config = MUST(StartupConfig::parse(block));
    EXPECT_EQ(config.working_directory(), "/srv");
    EXPECT_EQ(config.argument_count(), 2u);
    EXPECT_EQ(config.environment_count(), 1u);
    EXPECT_EQ(config.file_count(), 2u);
    EXPECT_EQ(as_text(config.console_key()), kKey);
    EXPECT_EQ(as_text(config.image()), kImage);
    EXPECT_EQ(config.user().uid, 1u);
    EXPECT_EQ(config.user().gid, 2u);
    ASSERT_EQ(config.supplementary_group_count(), 2u);
    EXPECT_EQ(config.supplementary_group(0), 3u);
    EXPECT_EQ(config.supplementary_group(1), 4u);
    EXPECT_EQ(config.volume_lease_seconds(), 30u);
    auto data = *config.volumes().begin();
    EXPECT_EQ(data.name, "a.b");
    EXPECT_EQ(data.path, "/data");
    EXPECT_EQ(data.sequence, 7u);
    EXPECT_EQ(data.rollback, VolumeRollback::Lazy);
    EXPECT_EQ(data.key.size(), 32u);
    EXPECT_EQ(data.tag[15], std::byte { 'v' });
    auto first = *config.files().begin();
    EXPECT_EQ(first.mode, 0400u);
    EXPECT_EQ(first.path, "/etc/key");
    EXPECT_EQ(as_text(first.content), std::string_view("a\0b", 3));
    EXPECT_EQ(config.network().flags, 3u);
    auto rule = as_network_rule(*config.credentials().network_rules().begin());
    EXPECT_EQ(rule.header.port, 443u);
    EXPECT_EQ(rule.names, "shop");
    EXPECT_EQ(rule.protocol, "h2");
    EXPECT_EQ(rule.certificate, "C");
    EXPECT_EQ(rule.key, "K");
    EXPECT_EQ(rule.authority, "authority");
    EXPECT_EQ(as_text(config.credentials().ticket_keys()), kTicketKeys);
    EXPECT_EQ(config.credentials().due_seconds(), 7u);
    EXPECT_EQ(rewritten(config), block);

    auto least = smallest().block();
    EXPECT_TRUE(MUST(StartupConfig::parse(least)).console_key().empty());
}

TEST(StartupConfig, refuses_every_truncation_and_bytes_that_follow)
{
    auto block = typical().block();
    ASSERT_TRUE(is_accepted(block));
    for (size_t size = 0; size < block.size(); ++size)
        EXPECT_FALSE(is_accepted(Bytes(block).first(size))) << size;
    block.resize(block.size() + 8);
    EXPECT_FALSE(is_accepted(block));
}

TEST(StartupConfig, refuses_or_represents_every_mutation_of_a_byte)
{
    auto const original = typical().block();
    for (size_t position = 0; position < original.size(); ++position) {
        for (unsigned value = 0; value < 256; ++value) {
            auto mutant = original;
            mutant[position] = static_cast<std::byte>(value);
            auto config = StartupConfig::parse(mutant);
            if (config.is_ok()) {
                EXPECT_EQ(rewritten(config.value()), mutant) << position << " " << value;
            }
        }
    }
}

TEST(StartupConfig, refuses_what_is_missing_repeated_or_unknown)
{
    EXPECT_TRUE(accepts(smallest()));
    EXPECT_FALSE(accepts(BlockSample(kStartupConfig).add(StartupRecord::WorkingDirectory, "/")));
    EXPECT_FALSE(accepts(BlockSample(kStartupConfig).add(StartupRecord::Argument, "true")));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::WorkingDirectory, "/")));
    EXPECT_FALSE(accepts(typical().add(StartupRecord::ConsoleKey, kKey)));
    EXPECT_FALSE(accepts(typical().add(StartupRecord::Image, kImage)));
    EXPECT_FALSE(accepts(typical().add(StartupRecord::User, kUser)));
    EXPECT_FALSE(accepts(typical().add(StartupRecord::Network, kNetwork)));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::Network, "\4\0\0")));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::NetworkRule, network_rule(kHeader, kRuleTexts))));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::TicketKeys, kTicketKeys)));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::CredentialsDue, kDue)));
    EXPECT_FALSE(accepts(typical().add(StartupRecord::TicketKeys, kTicketKeys)));
    EXPECT_FALSE(accepts(typical().add(StartupRecord::CredentialsDue, kDue)));
    EXPECT_FALSE(accepts(smallest().add(14, "what is to come")));
    EXPECT_FALSE(accepts(smallest().add(0, "")));
}

TEST(StartupConfig, refuses_network_rules_that_say_too_little_or_too_much)
{
    auto takes = [](auto change, std::string_view texts = kRuleTexts) {
        auto header = kHeader;
        change(header);
        auto const payload = network_rule(header, texts);
        return check_network_rule(std::as_bytes(std::span(payload))).is_ok();
    };
    EXPECT_TRUE(takes([](auto&) {}));
    EXPECT_FALSE(takes([](auto&) {}, "shoph2CK")); // who connects knows whom it believes
    EXPECT_FALSE(takes([](auto& header) { header.names_size = 0; }));
    EXPECT_FALSE(takes([](auto& header) { header.certificate_size = 0; }));
    EXPECT_FALSE(takes([](auto& header) { header.protocol_size = ~0u; }));
    EXPECT_FALSE(takes([](auto& header) { header.mode = NetworkRuleMode::Plain; }));
    EXPECT_FALSE(takes([](auto& header) {
        header.prefix_bits = 23;
        header.address[2] = 3;
    }));
    EXPECT_FALSE(takes([](auto& header) { header.prefix_bits = 33; }));
    EXPECT_FALSE(takes([](auto& header) { header.family = NetworkFamily::Any; }));
    EXPECT_FALSE(takes([](auto& header) { header.family = static_cast<NetworkFamily>(5); }));
    EXPECT_FALSE(takes([](auto& header) { header.direction = static_cast<NetworkDirection>(0); }));
    EXPECT_FALSE(takes([](auto& header) { header.flags = 4; }));
    EXPECT_FALSE(takes([](auto&) {}, std::string_view("sho\0h2CKauthority", 17)));

    auto names = [](auto& header) {
        header.host_size = 4;
        header.family = NetworkFamily::Any;
        header.prefix_bits = 0;
        header.address = {};
    };
    EXPECT_TRUE(takes(names, "hostshoph2CKauthority"));
    EXPECT_FALSE(takes(names, "Hostshoph2CKauthority"));
    EXPECT_FALSE(takes(names, "ho\ntshoph2CKauthority"));
    EXPECT_FALSE(takes([](auto& header) { header.host_size = 4; }, "hostshoph2CKauthority"));
    auto names_plainly = [&](auto& header) {
        names(header);
        header.mode = NetworkRuleMode::Plain;
        header.flags = 0;
        header.names_size = header.protocol_size = header.certificate_size = header.key_size = 0;
    };
    EXPECT_TRUE(takes(names_plainly, "host"));
    EXPECT_FALSE(takes(names_plainly, "hosts"));
    EXPECT_FALSE(takes(
        [&](auto& header) {
            names_plainly(header);
            header.direction = NetworkDirection::Listen;
        },
        "host"));

    auto listens = [](auto& header) { header.direction = NetworkDirection::Listen; };
    EXPECT_TRUE(takes(listens));
    EXPECT_FALSE(takes(listens, "shoph2CK")); // names of nobody's certificates
    auto refuses = [](auto& header) {
        header = { .direction = NetworkDirection::Listen, .mode = NetworkRuleMode::Refuse };
    };
    EXPECT_TRUE(takes(refuses, ""));
    EXPECT_FALSE(takes(refuses, "authority"));
}

TEST(StartupConfig, refuses_an_empty_program_relative_directories_and_variables_without_names)
{
    EXPECT_FALSE(accepts(
        BlockSample(kStartupConfig).add(StartupRecord::WorkingDirectory, "/").add(StartupRecord::Argument, "")));
    EXPECT_FALSE(accepts(
        BlockSample(kStartupConfig).add(StartupRecord::WorkingDirectory, "srv").add(StartupRecord::Argument, "true")));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::Environment, "LANG")));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::Environment, "=C")));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::Argument, std::string_view("a\0b", 3))));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::ConsoleKey, "short")));
}

TEST(StartupConfig, refuses_an_image_of_another_size_or_with_flags_and_a_user_without_an_image_or_nobody)
{
    EXPECT_TRUE(accepts(smallest().add(StartupRecord::Image, kImage)));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::Image, kImage.substr(1))));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::Image, std::string(52, 'i'))));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::User, kUser)));
    auto with = [](std::string_view user) {
        return accepts(smallest().add(StartupRecord::Image, kImage).add(StartupRecord::User, user));
    };
    EXPECT_TRUE(with(kUser));
    EXPECT_FALSE(with(std::string("\xff\xff\xff\xff\0\0\0\0", 8)));
    EXPECT_FALSE(with("short"));
    EXPECT_TRUE(with(kUserInGroups));
    EXPECT_FALSE(with(kUser + "abc"));
    EXPECT_FALSE(with(kUser + "\xff\xff\xff\xff"));
    EXPECT_TRUE(with(kUser + std::string(kMostSupplementaryGroups * 4, 'g')));
    EXPECT_FALSE(with(kUser + std::string((kMostSupplementaryGroups + 1) * 4, 'g')));
}

TEST(StartupConfig, refuses_volumes_without_a_lease_a_plain_name_and_path_and_an_order)
{
    auto with = [](std::string_view payload) {
        return accepts(smallest().add(StartupRecord::Volume, payload).add(StartupRecord::VolumeLease, kLease));
    };
    EXPECT_TRUE(with(volume("a", "/a")));
    for (auto name : { "", ".a", "-", "a/b", "a b", "\xc3\xa4" })
        EXPECT_FALSE(with(volume(name, "/a"))) << name;
    EXPECT_TRUE(with(volume(std::string(63, 'a'), "/a")));
    EXPECT_FALSE(with(volume(std::string(64, 'a'), "/a")));
    for (auto path : { "", "a", "/", "/a/", "/a/../b", "//" })
        EXPECT_FALSE(with(volume("a", path))) << path;
    EXPECT_TRUE(with(volume("a", "/a", 2)));
    EXPECT_FALSE(with(volume("a", "/a", 3)));
    EXPECT_FALSE(with(volume("a", "/a", 0, 3)));
    EXPECT_FALSE(with(volume("a", "/a", 0, ~0u - 2)));
    EXPECT_FALSE(with("short"));

    EXPECT_FALSE(accepts(smallest().add(StartupRecord::Volume, volume("a", "/a"))));
    EXPECT_FALSE(accepts(smallest().add(StartupRecord::VolumeLease, kLease)));
    auto leased = [](std::string_view lease) {
        return accepts(smallest().add(StartupRecord::Volume, volume("a", "/a")).add(StartupRecord::VolumeLease, lease));
    };
    EXPECT_FALSE(leased(std::string(4, '\0')));
    EXPECT_FALSE(leased("30"));

    auto both = [](std::string_view first, std::string_view second) {
        return accepts(smallest()
                           .add(StartupRecord::Volume, first)
                           .add(StartupRecord::Volume, second)
                           .add(StartupRecord::VolumeLease, kLease));
    };
    EXPECT_TRUE(both(volume("a", "/a"), volume("b", "/b")));
    EXPECT_TRUE(both(volume("a", "/a"), volume("b", "/ab")));
    EXPECT_FALSE(both(volume("b", "/a"), volume("a", "/b")));
    EXPECT_FALSE(both(volume("a", "/a"), volume("a", "/b")));
    EXPECT_FALSE(both(volume("a", "/a"), volume("b", "/a")));
    EXPECT_FALSE(both(volume("a", "/a"), volume("b", "/a/b")));
    EXPECT_FALSE(both(volume("a", "/a/b"), volume("b", "/a")));
}

TEST(StartupConfig, refuses_more_volumes_than_an_enclave_can_have)
{
    auto many = [](size_t count) {
        auto sample = smallest().add(StartupRecord::VolumeLease, kLease);
        for (size_t i = 0; i < count; ++i) {
            auto const name = std::to_string(100 + i);
            sample.add(StartupRecord::Volume, volume(name, "/" + name));
        }
        return accepts(sample);
    };
    EXPECT_TRUE(many(kMostVolumes));
    EXPECT_FALSE(many(kMostVolumes + 1));
}

TEST(StartupConfig, refuses_files_without_a_plain_path_a_mode_and_an_order)
{
    auto with = [](std::string_view payload) { return accepts(smallest().add(StartupRecord::File, payload)); };
    EXPECT_TRUE(with(file(0, "/a", "")));
    for (auto path : { "", "a", "/", "/a/", "//a", "/a//b", "/./a", "/a/..", "/a/." })
        EXPECT_FALSE(with(file(0400, path, "content"))) << path;
    EXPECT_TRUE(with(file(0400, "/...", "")));
    EXPECT_FALSE(with(file(0400, std::string_view("/a\0b", 4), "")));
    EXPECT_FALSE(with(file(01000, "/a", "")));
    EXPECT_FALSE(with(file(0400, "/a", "", 1)));
    EXPECT_FALSE(with(file(0400, "/a", "", ~0u - 2)));
    EXPECT_FALSE(with("short"));

    auto both = [](std::string_view first, std::string_view second) {
        return accepts(
            smallest().add(StartupRecord::File, file(0, first, "")).add(StartupRecord::File, file(0, second, "")));
    };
    EXPECT_TRUE(both("/a", "/b"));
    EXPECT_FALSE(both("/b", "/a"));
    EXPECT_FALSE(both("/a", "/a"));
}

} // namespace farl::formats
