#include "owner/cli/run_options.h"

#include "owner/launch/user_error.h"

#include <gtest/gtest.h>

namespace farl {

using owner::parse_run_options;
using owner::UserError;
using Words = std::vector<std::string>;

namespace {

owner::RunOptions parse(std::vector<char const*> words) { return parse_run_options(words).value(); }

std::string failure(std::vector<char const*> words)
{
    try {
        parse_run_options(words);
    } catch (UserError const& error) {
        EXPECT_EQ(error.status(), owner::kBadUsage);
        return error.what();
    }
    return "";
}

} // namespace

TEST(RunOptions, leaves_everything_from_the_program_on_alone)
{
    EXPECT_EQ(parse({ "ls", "--trace", "-l" }).command, (Words { "ls", "--trace", "-l" }));
    EXPECT_FALSE(parse({ "ls", "--trace" }).trace);
    EXPECT_EQ(parse({ "--", "ls", "--", "x" }).command, (Words { "ls", "--", "x" }));
    EXPECT_EQ(parse({ "--", "--odd" }).command, (Words { "--odd" }));
    EXPECT_EQ(parse({ "--trace", "run", "run" }).command, (Words { "run", "run" }));
    EXPECT_EQ(parse({ "prog", "" }).command, (Words { "prog", "" }));
}

TEST(RunOptions, reads_values_apart_and_attached)
{
    auto options = parse({ "--heap", "1G", "--cwd=/tmp", "-e", "A=1", "--env", "B", "-eC=3", "--carriers", "3",
        "--rootfs", "/srv", "--log=debug", "--no-patch", "-q", "--clear-env", "prog", "-e", "D=4" });
    EXPECT_EQ(options.heap_size, 1ull << 30);
    EXPECT_EQ(options.working_directory, "/tmp");
    EXPECT_EQ(options.environment, (Words { "A=1", "B", "C=3" }));
    EXPECT_EQ(options.carriers, 3u);
    EXPECT_EQ(options.root_directory, "/srv");
    EXPECT_EQ(options.log_level, wire::LogLevel::Debug);
    EXPECT_FALSE(options.patching);
    EXPECT_TRUE(options.quiet);
    EXPECT_TRUE(options.clear_environment);
    EXPECT_EQ(options.command, (Words { "prog", "-e", "D=4" }));
}

TEST(RunOptions, reads_where_volumes_of_a_session_are)
{
    auto parse_with = [](std::vector<char const*> words) {
        words.insert(words.begin(), { "--cas", "127.0.0.1:1", "--session", "shop/front" });
        return words;
    };
    auto options = parse(parse_with({ "-v", "data=/srv/data.volume", "--volume", "log=x/../log", "-v", "/tmp" }));
    EXPECT_EQ(options.volume_files.at("data"), "/srv/data.volume");
    EXPECT_TRUE(options.volume_files.at("log").starts_with('/'));
    EXPECT_TRUE(options.volume_files.at("log").ends_with("/log"));
    EXPECT_EQ(options.volume_directory, "/tmp");

    EXPECT_NE(failure(parse_with({ "-v", "/not/there" })).find("NAME=FILE, or one directory"), std::string::npos);
    EXPECT_NE(failure(parse_with({ "-v", "/tmp", "-v", "/" })).find("one directory"), std::string::npos);
    EXPECT_NE(failure(parse_with({ "-v", "a/b=x" })).find("where the session has NAME"), std::string::npos);
    EXPECT_NE(failure(parse_with({ "-v", "a=" })).find("no such place"), std::string::npos);
    EXPECT_NE(failure(parse_with({ "-v", "a=x", "-v", "a=y" })).find("a file already"), std::string::npos);
}

TEST(RunOptions, reads_which_files_are_volumes_of_a_program_without_a_session)
{
    auto options =
        parse({ "-v", "/srv/data.volume:/var/lib/data", "-v", "/x/data.volume:/y:lazy", "-v", "/a b:/z:none", "true" });
    EXPECT_EQ(options.volume_files,
        (std::map<std::string, std::string> {
            { "a-b", "/a b" }, { "data.volume", "/srv/data.volume" }, { "data.volume-2", "/x/data.volume" } }));
    EXPECT_EQ(options.local_volumes.at("data.volume").path, "/var/lib/data");
    EXPECT_EQ(options.local_volumes.at("data.volume").rollback, formats::VolumeRollback::Strict);
    EXPECT_EQ(options.local_volumes.at("data.volume-2").rollback, formats::VolumeRollback::Lazy);
    EXPECT_EQ(options.local_volumes.at("a-b").rollback, formats::VolumeRollback::None);
    EXPECT_TRUE(parse({ "-v", "/a:/b", "--accept-older", "true" }).accepts_older_volumes);

    EXPECT_NE(failure({ "-v", "a=x", "true" }).find("expected FILE:PATH"), std::string::npos);
    EXPECT_NE(failure({ "-v", "a:/b/../c", "true" }).find("expected FILE:PATH"), std::string::npos);
    EXPECT_NE(failure({ "-v", ":/b", "true" }).find("no such place"), std::string::npos);
    EXPECT_NE(failure({ "-v", "a:/b", "-v", "./a:/c", "true" }).find("used already"), std::string::npos);
    EXPECT_NE(failure({ "-v", "a:/b", "-v", "c:/b/d", "true" }).find("leads through it"), std::string::npos);
    EXPECT_NE(failure({ "--attest", "none", "-v", "a:/b", "true" }).find("come from a CAS"), std::string::npos);
    EXPECT_NE(failure({ "--accept-older", "true" }).find("volumes of this start"), std::string::npos);
}

TEST(RunOptions, takes_a_report_file_for_a_wish_to_report)
{
    EXPECT_TRUE(parse({ "--trace-file", "t", "x" }).trace);
    EXPECT_TRUE(parse({ "--stats-file", "s", "x" }).stats);
    auto options = parse({ "--stats-format=json", "x" });
    EXPECT_TRUE(options.stats && options.stats_json);
    EXPECT_FALSE(parse({ "x" }).stats);
}

TEST(RunOptions, rounds_the_heap_to_pages)
{
    EXPECT_EQ(parse({ "--heap", "16777217", "x" }).heap_size, (16ull << 20) + 4096);
    EXPECT_EQ(parse({ "--cache", "1M", "x" }).cache_size, 1ull << 20);
    EXPECT_EQ(parse({ "x" }).heap_size, owner::kDefaultHeap);
}

TEST(RunOptions, refuses_what_it_does_not_know_in_one_line)
{
    for (auto words : std::vector<std::vector<char const*>> {
             { "--bogus", "x" },
             { "-Z", "x" },
             { "--heap" },
             { "--heap", "much", "x" },
             { "--heap", "8M", "x" },
             { "--cache", "0", "x" },
             { "--ephemeral", "0", "x" },
             { "--cache", "65G", "x" },
             { "--heap", "2000G", "x" },
             { "--carriers", "0", "x" },
             { "--carriers", "257", "x" },
             { "--carriers", "two", "x" },
             { "--platform", "sgx", "--emulate-costs", "sgx2", "x" },
             { "--platform", "sgx", "--emulate-pages", "sgx2", "x" },
             { "--emulate-pages", "sgx1", "x" },
             { "--platform", "tdx", "x" },
             { "--log", "loud", "x" },
             { "--stats-format", "xml", "x" },
             { "--trace" },
             { "--" },
             {},
         }) {
        auto message = failure(words);
        EXPECT_NE(message, "") << (words.empty() ? "no words" : words[0]);
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
    EXPECT_NE(failure({ "--heap", "8M", "x" }).find("the smallest heap is 16M"), std::string::npos);
}

} // namespace farl
