// TicketKeys: what the enclaves of a service seal their TLS session tickets with (RFC 5077, RFC 8446), so that each
// opens those of the others. A key opens tickets one time longer than it seals them, and is known one time before, so
// that enclaves need not change at the same moment.
#pragma once

#include "owner/keys/secret.h"

#include <array>
#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>

namespace farl::owner {

struct TicketKeys {
    static constexpr size_t kKeySize = 32;
    enum Role { Current, Next, Previous };

    uint64_t since { 0 }; // when Current became that
    std::array<Secret, 3> keys;

    // One after another, the current one first.
    Secret joined() const;
};

TicketKeys make_ticket_keys(time_t now);
// Whether anything changed. Each key has its role for as long as `life`, or longer if nobody asks.
bool rotate(TicketKeys& keys, time_t now, std::chrono::seconds life);

Secret encode(TicketKeys const& keys);
// None if `bytes` are no record.
std::optional<TicketKeys> decode_ticket_keys(std::string_view bytes);

} // namespace farl::owner
