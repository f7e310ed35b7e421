#include "owner/protect/image_policy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace farl::owner {

namespace {

using formats::RegionKind;

// "LINE:COLUMN: message", or nothing for a good text.
std::string error_of(std::string_view text)
{
    try {
        (void)parse_image_policy(text);
        return "";
    } catch (PolicyError const& error) {
        return fmt::format("{}:{}: {}", error.position().line, error.position().column, error.what());
    }
}

void expect_error(std::string_view text, std::string_view place, std::string_view part)
{
    auto const error = error_of(text);
    EXPECT_TRUE(error.starts_with(std::string(place) + ": ")) << text << ": " << error;
    EXPECT_NE(error.find(part), error.npos) << text << ": " << error;
}

ImageConfig sample_config()
{
    return { .entrypoint = { "/bin/a" },
        .command = { "b" },
        .environment = { "C=d" },
        .working_directory = "/srv",
        .user = "redis" };
}

} // namespace

TEST(ImagePolicy, reads_each_part)
{
    auto const policy = parse_image_policy("default: encrypted\n"
                                           "regions: { /pub: authenticated, /pub/key: encrypted, /data: unprotected }\n"
                                           "entrypoint: [ /bin/x, 5 ]\ncmd: [ y ]\nenv: { A: \"b=c\" }\n"
                                           "working_dir: /var\nuser: \"7:8\"\n");
    EXPECT_EQ(policy.regions.kind_of("/etc"), RegionKind::Encrypted);
    EXPECT_EQ(policy.regions.kind_of("/pub"), RegionKind::Authenticated);
    EXPECT_EQ(policy.regions.kind_of("/public"), RegionKind::Encrypted);
    EXPECT_EQ(policy.regions.kind_of("/pub/key/1"), RegionKind::Encrypted);
    EXPECT_EQ(policy.regions.kind_of("/data/x"), RegionKind::Unprotected);
    EXPECT_EQ(*policy.entrypoint, (std::vector<std::string> { "/bin/x", "5" }));
    EXPECT_EQ(*policy.command, std::vector<std::string> { "y" });
    EXPECT_EQ(*policy.environment, std::vector<std::string> { "A=b=c" });
    EXPECT_EQ(*policy.working_directory, "/var");
    EXPECT_EQ(*policy.user, "7:8");
}

TEST(ImagePolicy, everything_is_authenticated_unless_it_says_otherwise)
{
    auto const policy = parse_image_policy("cmd: [ x ]");
    EXPECT_EQ(policy.regions.size(), 1u);
    EXPECT_EQ(policy.regions.kind_of("/etc"), RegionKind::Authenticated);
    EXPECT_FALSE(policy.entrypoint || policy.environment || policy.working_directory || policy.user);
}

TEST(ImagePolicy, tells_what_is_wrong_and_where)
{
    expect_error("regions: { /a: secret }", "1:16", "authenticated");
    expect_error("x: 1", "1:1", "unknown key");
    expect_error("regions:\n  a: encrypted\n", "2:3", "path");
    expect_error("regions:\n  /a/: encrypted\n", "2:3", "path");
    expect_error("regions:\n  /.farl/x: encrypted\n", "2:13", ".farl");
    expect_error("default: unprotected", "1:10", "cannot be unprotected");
    expect_error("working_dir: srv", "1:14", "absolute");
    expect_error("env: { A: [] }", "1:11", "text");
    EXPECT_NE(error_of("regions: { /a: encrypted, /a: encrypted }"), "");
    EXPECT_NE(error_of("default: encrypted\ndefault: encrypted\n"), "");
    EXPECT_NE(error_of(""), "");
    EXPECT_NE(error_of("- a"), "");
    EXPECT_NE(error_of("cmd: *x"), "");
}

TEST(ImagePolicy, replaces_what_it_names_and_leaves_the_rest)
{
    auto const kept = configuration_of(parse_image_policy("default: authenticated"), sample_config());
    EXPECT_EQ(kept.command, std::vector<std::string> { "b" });
    EXPECT_EQ(kept.user, "redis");
    auto const replaced =
        configuration_of(parse_image_policy("entrypoint: [ /bin/x ]\nenv: { N: v }\nuser: \"0\""), sample_config());
    EXPECT_EQ(replaced.entrypoint, std::vector<std::string> { "/bin/x" });
    EXPECT_TRUE(replaced.command.empty()) << "it was for another program";
    EXPECT_EQ(replaced.environment, std::vector<std::string> { "N=v" });
    EXPECT_EQ(replaced.working_directory, "/srv");
    EXPECT_EQ(replaced.user, "0");
}

TEST(ImagePolicy, the_first_one_for_an_image_is_read_and_changes_nothing_but_its_example)
{
    auto hostile = sample_config();
    hostile.environment = { "A=x\ny: z", "quote\"=\\", "no value" };
    hostile.user = "u\n# v";
    hostile.command = { "*a", "\x01", "#" };
    for (auto const& config : { sample_config(), hostile, ImageConfig {} }) {
        auto const text = image_policy_for(config, "an.oci");
        auto const policy = parse_image_policy(text);
        EXPECT_FALSE(policy.entrypoint || policy.command || policy.environment || policy.user) << text;
        EXPECT_EQ(policy.regions.kind_of("/root/x"), RegionKind::Encrypted);
    }
}

TEST(ImagePolicy, the_first_one_says_what_the_image_says_once_it_is_no_comment)
{
    auto text = image_policy_for(sample_config(), "an.oci");
    for (auto const* key : { "entrypoint", "cmd", "working_dir", "user", "env", "  C" }) {
        auto const at = text.find(std::string("# ") + key + ":");
        ASSERT_NE(at, text.npos) << key << "\n" << text;
        text.erase(at, 2);
    }
    auto const made = configuration_of(parse_image_policy(text), ImageConfig {});
    auto const expected = sample_config();
    EXPECT_EQ(made.entrypoint, expected.entrypoint);
    EXPECT_EQ(made.command, expected.command);
    EXPECT_EQ(made.environment, expected.environment);
    EXPECT_EQ(made.working_directory, expected.working_directory);
    EXPECT_EQ(made.user, expected.user);
}

} // namespace farl::owner
