#include "owner/cas/ticket_keys.h"

#include "owner/cas/record_coding.h"
#include "owner/keys/openssl.h"

#include <openssl/rand.h>

namespace farl::owner {

namespace {

constexpr uint64_t kFormat = 1;

Secret new_key()
{
    Secret key { TicketKeys::kKeySize };
    require(RAND_priv_bytes(key.writable().data(), static_cast<int>(key.size())) == 1, "make random bytes");
    return key;
}

} // namespace

Secret TicketKeys::joined() const
{
    Secret all;
    for (auto const& key : keys)
        all.append(key.reveal());
    return all;
}

TicketKeys make_ticket_keys(time_t now)
{
    TicketKeys made { .since = static_cast<uint64_t>(now), .keys = {} };
    for (auto& key : made.keys)
        key = new_key();
    return made;
}

// A clock that was turned back changes nothing, until it has caught up.
bool rotate(TicketKeys& keys, time_t now, std::chrono::seconds life)
{
    auto const passed = now - static_cast<int64_t>(keys.since);
    if (passed < life.count())
        return false;
    auto const turns = passed / life.count();
    if (turns >= static_cast<int64_t>(keys.keys.size())) {
        keys = make_ticket_keys(now);
        return true;
    }
    for (int64_t turn = 0; turn < turns; ++turn) {
        keys.keys[TicketKeys::Previous] = std::move(keys.keys[TicketKeys::Current]);
        keys.keys[TicketKeys::Current] = std::move(keys.keys[TicketKeys::Next]);
        keys.keys[TicketKeys::Next] = new_key();
    }
    keys.since += static_cast<uint64_t>(turns * life.count());
    return true;
}

Secret encode(TicketKeys const& keys)
{
    RecordWriter out;
    out.add(kFormat);
    out.add(keys.since);
    for (auto const& key : keys.keys)
        out.add(key.reveal());
    return out.take();
}

std::optional<TicketKeys> decode_ticket_keys(std::string_view bytes)
{
    RecordReader in(bytes);
    if (in.number() != kFormat)
        return {};
    TicketKeys read { .since = in.number(), .keys = {} };
    bool are_whole = true;
    for (auto& key : read.keys) {
        key = Secret(in.text());
        are_whole &= key.size() == TicketKeys::kKeySize;
    }
    if (!are_whole || !in.is_good() || !in.is_at_end())
        return {};
    return read;
}

} // namespace farl::owner
