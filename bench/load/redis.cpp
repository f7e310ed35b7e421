// SET and GET in the protocol of Redis (RESP 2).
#include "bench/load/line.h"
#include "bench/load/store_requests.h"

namespace farl::load {

namespace {

void append_bulk(std::string& to, std::string_view text)
{
    to += '$' + std::to_string(text.size());
    to.append(kLineEnd).append(text).append(kLineEnd);
}

class Redis final : public Protocol {
public:
    explicit Redis(StoreLoad const& load) : requests_(load) { }

    void append_request(std::string& to) override
    {
        auto const request = requests_.next();
        to += request.is_read ? "*2\r\n$3\r\nGET\r\n" : "*3\r\n$3\r\nSET\r\n";
        append_bulk(to, request.key);
        if (!request.is_read)
            append_bulk(to, requests_.value());
    }

    Reply parse(std::string_view received) const override
    {
        auto const line = first_line(received);
        if (!line)
            return {};
        auto const line_size = line->size() + kLineEnd.size();
        switch (line->empty() ? '\0' : line->front()) {
        case '+':
            return { Reply::Kind::Success, line_size };
        case '-':
            return { Reply::Kind::Failure, line_size };
        case '$':
            return bulk(received, line->substr(1), line_size);
        default:
            return { Reply::Kind::Malformed, 0 };
        }
    }

private:
    static Reply bulk(std::string_view received, std::string_view length, size_t line_size)
    {
        if (length == "-1")
            return { Reply::Kind::Failure, line_size };
        auto const value_size = decimal(length);
        if (!value_size)
            return { Reply::Kind::Malformed, 0 };
        auto const size = line_size + *value_size + kLineEnd.size();
        return received.size() < size ? Reply {} : Reply { Reply::Kind::Success, size };
    }

    StoreRequests requests_;
};

} // namespace

std::unique_ptr<Protocol> make_redis(StoreLoad const& load) { return std::make_unique<Redis>(load); }

} // namespace farl::load
