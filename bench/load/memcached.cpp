// set and get in memcached's text protocol.
#include "bench/load/line.h"
#include "bench/load/store_requests.h"

namespace farl::load {

namespace {

constexpr std::string_view kEnd = "END\r\n";

class Memcached final : public Protocol {
public:
    explicit Memcached(StoreLoad const& load) : requests_(load) { }

    void append_request(std::string& to) override
    {
        auto const request = requests_.next();
        to.append(request.is_read ? "get " : "set ").append(request.key);
        if (!request.is_read) {
            to.append(" 0 0 ").append(std::to_string(requests_.value().size()));
            to.append(kLineEnd).append(requests_.value());
        }
        to.append(kLineEnd);
    }

    Reply parse(std::string_view received) const override
    {
        auto const line = first_line(received);
        if (!line)
            return {};
        auto const line_size = line->size() + kLineEnd.size();
        if (*line == "STORED")
            return { Reply::Kind::Success, line_size };
        if (line->starts_with("VALUE "))
            return value(received, *line, line_size);
        auto const is_answer = *line == "END" || *line == "NOT_STORED" || line->find("ERROR") != line->npos;
        return { is_answer ? Reply::Kind::Failure : Reply::Kind::Malformed, is_answer ? line_size : 0 };
    }

private:
    // VALUE key flags size CR LF, the value CR LF, END CR LF
    static Reply value(std::string_view received, std::string_view line, size_t line_size)
    {
        auto const value_size = decimal(line.substr(line.rfind(' ') + 1));
        if (!value_size)
            return { Reply::Kind::Malformed, 0 };
        auto const end = line_size + *value_size + kLineEnd.size();
        if (received.size() < end + kEnd.size())
            return {};
        if (received.substr(end, kEnd.size()) != kEnd)
            return { Reply::Kind::Malformed, 0 };
        return { Reply::Kind::Success, end + kEnd.size() };
    }

    StoreRequests requests_;
};

} // namespace

std::unique_ptr<Protocol> make_memcached(StoreLoad const& load) { return std::make_unique<Memcached>(load); }

} // namespace farl::load
