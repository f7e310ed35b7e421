#include "bench/load/protocol.h"

#include <gtest/gtest.h>

namespace farl::load {

namespace {

using Kind = Reply::Kind;

// A whole answer is taken as such, and each of its beginnings as incomplete.
void expect_whole(Protocol const& protocol, std::string const& answer, Kind kind)
{
    EXPECT_EQ(protocol.parse(answer), (Reply { kind, answer.size() })) << answer;
    EXPECT_EQ(protocol.parse(answer + "rest"), (Reply { kind, answer.size() })) << answer;
    for (size_t size = 0; size < answer.size(); ++size)
        EXPECT_EQ(protocol.parse(answer.substr(0, size)).kind, Kind::Incomplete) << answer.substr(0, size);
}

std::string request_of(Protocol& protocol)
{
    std::string request;
    protocol.append_request(request);
    return request;
}

StoreLoad preload() { return { .key_count = 2, .value_size = 3, .is_preload = true }; }

TEST(Http, asks_for_its_path)
{
    EXPECT_EQ(request_of(*make_http("/file")), "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

TEST(Http, takes_answers_by_their_length)
{
    auto const http = make_http("/");
    expect_whole(*http, "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello", Kind::Success);
    expect_whole(*http, "HTTP/1.1 404 Not Found\r\ncontent-length:2\r\n\r\nno", Kind::Failure);
}

TEST(Http, does_not_take_a_length_in_the_body)
{
    auto const http = make_http("/");
    EXPECT_EQ(http->parse("HTTP/1.1 200 OK\r\n\r\nContent-Length: 3\r\n").kind, Kind::Malformed);
}

TEST(Http, refuses_what_has_no_length_or_is_not_http)
{
    auto const http = make_http("/");
    EXPECT_EQ(http->parse("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").kind, Kind::Malformed);
    EXPECT_EQ(http->parse("SSH-2.0\r\nContent-Length: 0\r\n\r\n").kind, Kind::Malformed);
}

TEST(Redis, writes_each_key_once_when_preloading)
{
    auto const redis = make_redis(preload());
    EXPECT_EQ(request_of(*redis), "*3\r\n$3\r\nSET\r\n$5\r\nkey:0\r\n$3\r\nxxx\r\n");
    EXPECT_EQ(request_of(*redis), "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$3\r\nxxx\r\n");
}

TEST(Redis, only_reads_if_told_so)
{
    auto const redis = make_redis({ .key_count = 1, .value_size = 3, .read_share = 1 });
    EXPECT_EQ(request_of(*redis), "*2\r\n$3\r\nGET\r\n$5\r\nkey:0\r\n");
}

TEST(Redis, takes_all_answers_to_reads_and_writes)
{
    auto const redis = make_redis({});
    expect_whole(*redis, "+OK\r\n", Kind::Success);
    expect_whole(*redis, "$3\r\na\r\n\r\n", Kind::Success);
    expect_whole(*redis, "$-1\r\n", Kind::Failure);
    expect_whole(*redis, "-OOM command not allowed\r\n", Kind::Failure);
    EXPECT_EQ(redis->parse("$x\r\n").kind, Kind::Malformed);
    EXPECT_EQ(redis->parse("hello\r\n").kind, Kind::Malformed);
}

TEST(Memcached, writes_and_reads)
{
    EXPECT_EQ(request_of(*make_memcached(preload())), "set key:0 0 0 3\r\nxxx\r\n");
    EXPECT_EQ(request_of(*make_memcached({ .key_count = 1, .read_share = 1 })), "get key:0\r\n");
}

TEST(Memcached, takes_all_answers_to_reads_and_writes)
{
    auto const memcached = make_memcached({});
    expect_whole(*memcached, "STORED\r\n", Kind::Success);
    expect_whole(*memcached, "VALUE key:1 0 5\r\nEND\r\n\r\nEND\r\n", Kind::Success);
    expect_whole(*memcached, "END\r\n", Kind::Failure);
    expect_whole(*memcached, "SERVER_ERROR out of memory\r\n", Kind::Failure);
    EXPECT_EQ(memcached->parse("VALUE key:1 0 1\r\na\r\nVALUE").kind, Kind::Malformed);
    EXPECT_EQ(memcached->parse("hello\r\n").kind, Kind::Malformed);
}

TEST(Stores, mix_reads_and_writes_in_the_given_share)
{
    auto const redis = make_redis({ .value_size = 1, .read_share = 0.5 });
    int reads = 0;
    for (int i = 0; i < 10'000; ++i)
        reads += request_of(*redis).starts_with("*2");
    EXPECT_NEAR(reads, 5'000, 300);
}

} // namespace

} // namespace farl::load
