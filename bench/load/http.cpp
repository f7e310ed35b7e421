// HTTP/1.1 GET of one path over connections that stay open (RFC 9112). Answers without Content-Length are not
// understood: those of static files have it.
#include "bench/load/line.h"
#include "bench/load/protocol.h"

#include <strings.h>

namespace farl::load {

namespace {

constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::string_view kContentLength = "content-length:";

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix)
{
    return text.size() >= prefix.size() && strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

std::optional<size_t> content_length(std::string_view header)
{
    while (auto line = first_line(header)) {
        if (starts_with_ignoring_case(*line, kContentLength)) {
            auto digits = line->substr(kContentLength.size());
            digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
            return decimal(digits);
        }
        header.remove_prefix(line->size() + kLineEnd.size());
    }
    return std::nullopt;
}

class Http final : public Protocol {
public:
    explicit Http(std::string_view path) : request_("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
    {
    }

    void append_request(std::string& to) override { to += request_; }

    Reply parse(std::string_view received) const override
    {
        auto const end = received.find(kHeaderEnd);
        if (end == received.npos)
            return {};
        auto const header = received.substr(0, end + kLineEnd.size());
        auto const body_size = content_length(header);
        if (!header.starts_with("HTTP/1.1 ") || !body_size)
            return { Reply::Kind::Malformed, 0 };
        auto const size = end + kHeaderEnd.size() + *body_size;
        if (received.size() < size)
            return {};
        return { header.substr(9).starts_with("200") ? Reply::Kind::Success : Reply::Kind::Failure, size };
    }

private:
    std::string request_;
};

} // namespace

std::unique_ptr<Protocol> make_http(std::string_view path) { return std::make_unique<Http>(path); }

} // namespace farl::load
