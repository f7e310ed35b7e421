#include "owner/cas/message.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <thread>

namespace farl::owner {

namespace {

using Side = TlsContext::Side;
using std::chrono::steady_clock;

auto only(Ed25519Point const& key)
{
    return [key](Ed25519Point const& point) { return point == key; };
}

auto soon() { return steady_clock::now() + std::chrono::seconds(120); }

// Two ends of a connection, each served by a function on a thread of its own; what went wrong at each.
struct Outcome {
    std::string server, client;
};

class Tls : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }

    template <typename Serve, typename Ask>
    Outcome run(TlsContext const& server, TlsContext const& client, Serve const& serve, Ask const& ask)
    {
        Outcome outcome;
        auto side = [](TlsContext const& context, int end, auto const& use, std::string& failure) {
            try {
                TlsStream stream(context, FileDescriptor(end), soon());
                use(stream);
            } catch (TlsFailure const& error) {
                failure = error.what();
            }
        };
        std::thread other([&] { side(server, ends_[0], serve, outcome.server); });
        side(client, ends_[1], ask, outcome.client);
        other.join();
        return outcome;
    }

    // The server echoes one message.
    Outcome echo(TlsContext const& server, TlsContext const& client)
    {
        return run(
            server, client, [](TlsStream& stream) { send_message(stream, *receive_message(stream)); },
            [](TlsStream& stream) {
                send_message(stream, { { "text", "hello" } });
                auto answer = receive_message(stream);
                if (!answer || (*answer)["text"] != "hello")
                    throw TlsFailure("no echo");
            });
    }

    Ed25519Key server_key_ { Ed25519Key::generate() }, client_key_ { Ed25519Key::generate() };
    TlsContext server_ { Side::Server, server_key_, kOwnerProtocol, only(client_key_.point()) };
    TlsContext client_ { Side::Client, client_key_, kOwnerProtocol, only(server_key_.point()) };
    int ends_[2];
};

} // namespace

TEST_F(Tls, connects_two_that_know_each_others_keys)
{
    auto outcome = run(
        server_, client_,
        [&](TlsStream& stream) {
            EXPECT_EQ(stream.peer(), client_key_.point());
            EXPECT_FALSE(receive_message(stream)) << "a proper end";
        },
        [&](TlsStream& stream) {
            EXPECT_EQ(stream.peer(), server_key_.point());
            stream.end();
        });
    EXPECT_EQ(outcome.server + outcome.client, "");
}

TEST_F(Tls, carries_messages)
{
    auto outcome = echo(server_, client_);
    EXPECT_EQ(outcome.server + outcome.client, "");
}

TEST_F(Tls, refuses_a_client_with_another_key)
{
    auto stranger = Ed25519Key::generate();
    TlsContext client(Side::Client, stranger, kOwnerProtocol, only(server_key_.point()));
    auto outcome = echo(server_, client);
    EXPECT_NE(outcome.server, "");
    EXPECT_NE(outcome.client, "");
}

TEST_F(Tls, refuses_a_server_with_another_key)
{
    auto stranger = Ed25519Key::generate();
    TlsContext server(Side::Server, stranger, kOwnerProtocol, only(client_key_.point()));
    auto outcome = echo(server, client_);
    EXPECT_NE(outcome.client, "");
}

TEST_F(Tls, refuses_another_protocol)
{
    TlsContext client(Side::Client, client_key_, "farl-enclave/1", only(server_key_.point()));
    auto outcome = echo(server_, client);
    EXPECT_NE(outcome.server, "");
    EXPECT_NE(outcome.client, "");
}

TEST_F(Tls, refuses_older_tls)
{
    SSL_CTX_set_min_proto_version(client_.get(), TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(client_.get(), TLS1_2_VERSION);
    EXPECT_NE(echo(server_, client_).client, "");
}

TEST_F(Tls, tells_a_connection_that_was_cut_from_one_that_was_ended)
{
    auto outcome = run(
        server_, client_, [](TlsStream& stream) { (void)receive_message(stream); }, [](TlsStream&) {});
    EXPECT_NE(outcome.server, "") << "without close_notify";
}

TEST_F(Tls, refuses_messages_that_are_too_large_cut_or_no_object)
{
    for (std::string_view bytes : { std::string_view("\xff\xff\xff\xff", 4), std::string_view("\0\0\0\5[1,", 7),
             std::string_view("\0\0\0\2[]", 6), std::string_view("\0\0\0\1{", 5), std::string_view("\0\0\0\0", 4),
             std::string_view("\0\0", 2) }) {
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
        auto outcome = run(
            server_, client_, [](TlsStream& stream) { (void)receive_message(stream); },
            [&](TlsStream& stream) {
                stream.write(bytes);
                stream.end();
            });
        EXPECT_NE(outcome.server, "");
    }
}

TEST_F(Tls, waits_no_longer_than_its_deadline)
{
    FileDescriptor silent(ends_[1]);
    EXPECT_THROW(
        TlsStream(server_, FileDescriptor(ends_[0]), steady_clock::now() + std::chrono::milliseconds(50)), TlsFailure);
}

} // namespace farl::owner
