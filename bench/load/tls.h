// A client's end of TLS on a connected socket, by OpenSSL, as cheap as can be. It asks for TLS 1.3 with one cipher
// suite, so that all servers do the same work, and believes any certificate: what is measured is the server.
#pragma once

#include <memory>
#include <string_view>
#include <sys/types.h>

struct ssl_st;
struct ssl_session_st;

namespace farl::load {

class TlsStream {
public:
    // Shakes hands, waiting for the server; from then on the descriptor does not block. With a session that handshake
    // is a resumption. Throws std::runtime_error.
    explicit TlsStream(int descriptor, ssl_session_st* session = nullptr);
    ~TlsStream();

    // All of it; a server that does not read is an error. Like send(2) and recv(2) otherwise.
    ssize_t send(std::string_view bytes);
    ssize_t receive(char* room, size_t size);

    bool is_resumed() const;
    // The newest that the server has given; the caller frees it.
    ssl_session_st* session() const;

private:
    struct Free {
        void operator()(ssl_st* connection) const;
    };
    ssize_t outcome(int result);

    std::unique_ptr<ssl_st, Free> connection_;
};

} // namespace farl::load
