// TlsSessionCache: sessions that clients with one context may go on with (RFC 8446, section 2.2; RFC 5077), by where
// they began. Who takes one is its only user. Bounded. For any thread.
#pragma once

#include "base/vector.h"
#include "enclave/net/internet_address.h"
#include "enclave/sched/wait_queue.h"

struct ssl_session_st; // BoringSSL's

namespace farl {

class TlsSessionCache {
public:
    TlsSessionCache() = default;
    ~TlsSessionCache();
    TlsSessionCache(TlsSessionCache const&) = delete;
    TlsSessionCache& operator=(TlsSessionCache const&) = delete;

    // With the caller's reference. Older ones go if there are too many; without memory, it does itself.
    void keep(InternetAddress const& server, ssl_session_st* session);
    // The newest one, and a reference to it; null: there is none whose certificate still counts.
    ssl_session_st* take(InternetAddress const& server);

private:
    static constexpr size_t kMost = 64, kMostOfOne = 4;
    struct Kept {
        InternetAddress server;
        ssl_session_st* session;
    };

    void remove(size_t index);

    Mutex lock_;
    Vector<Kept> kept_; // the oldest first
};

} // namespace farl
