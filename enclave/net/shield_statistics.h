// What became of shielded connections, for --stats.
#pragma once

#include <atomic>
#include <cstdint>

namespace farl {

struct ShieldStatistics {
    std::atomic<uint64_t> accepted { 0 };  // handshakes that were completed
    std::atomic<uint64_t> connected { 0 }; // the same for connections to elsewhere
    std::atomic<uint64_t> resumed { 0 };   // of both: they went on with an earlier session
    std::atomic<uint64_t> refused { 0 };   // connections that ended in the handshake
    std::atomic<uint64_t> broken { 0 };    // later: changed on their way, or cut off
};

inline constinit ShieldStatistics the_shield_statistics {};
inline ShieldStatistics& shield_statistics() { return the_shield_statistics; }

} // namespace farl
