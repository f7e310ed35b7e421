#include "owner/pccs/http_get.h"

#include <algorithm>
#include <cctype>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>

namespace farl::owner {

namespace {

constexpr size_t kLargestBody = 1 << 20, kLargestHeaders = 64 << 10;
constexpr long kConnectSeconds = 10;

struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(char* text) const { curl_free(text); }
};
using Handle = std::unique_ptr<CURL, Free>;

// What was received, and how much of it may be.
struct Received {
    std::string body;
    size_t header_bytes { 0 };
    bool is_too_large { false };
};

// Anything but `size` ends the transfer.
size_t take_body(char* data, size_t, size_t size, void* context)
{
    auto& received = *static_cast<Received*>(context);
    received.is_too_large |= received.body.size() + size > kLargestBody;
    if (received.is_too_large)
        return 0;
    received.body.append(data, size);
    return size;
}

size_t count_header(char*, size_t, size_t size, void* context)
{
    auto& received = *static_cast<Received*>(context);
    received.header_bytes += size;
    received.is_too_large |= received.header_bytes > kLargestHeaders;
    return received.is_too_large ? 0 : size;
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

std::string part_of(CURLU* url, CURLUPart part)
{
    char* text = nullptr;
    curl_url_get(url, part, &text, 0);
    std::unique_ptr<char, Free> owned(text);
    return text ? text : "";
}

void set_options(CURL* handle, HttpRequest const& request, Received& received)
{
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, request.timeout_seconds);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, std::min(kConnectSeconds, request.timeout_seconds));
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, count_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &received);
    if (request.url.starts_with("http:")) // to this machine, which no proxy reaches
        curl_easy_setopt(handle, CURLOPT_PROXY, "");
    if (!request.certificates.empty())
        curl_easy_setopt(handle, CURLOPT_CAINFO, request.certificates.c_str());
}

std::string header_of(CURL* handle, char const* name)
{
    curl_header* header = nullptr;
    return curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : "";
}

std::string without_parameters(std::string type)
{
    type.erase(std::min(type.find_first_of("; "), type.size()));
    std::ranges::transform(type, type.begin(), [](unsigned char letter) { return std::tolower(letter); });
    return type;
}

void check_outcome(CURL* handle, CURLcode outcome, Received const& received, HttpRequest const& request)
{
    auto fail = [&](std::string const& what) { throw HttpFailure(fmt::format("{}: {}", request.url, what)); };
    if (received.is_too_large)
        fail("the answer is too large for collateral");
    if (outcome == CURLE_OPERATION_TIMEDOUT)
        fail(fmt::format("no whole answer within {} s; --timeout allows more", request.timeout_seconds));
    if (outcome == CURLE_PEER_FAILED_VERIFICATION)
        fail("nobody trusted vouches for the server's certificate; --tls-ca names a file of who may");
    if (outcome != CURLE_OK)
        fail(curl_easy_strerror(outcome));
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300 && status < 400)
        fail(fmt::format("answered with status {}: redirects are not followed; name the server it points to", status));
    if (status != 200)
        fail(fmt::format("answered with status {}", status));
}

} // namespace

HttpAnswer http_get(HttpRequest const& request)
{
    Handle handle(curl_easy_init());
    if (!handle)
        throw HttpFailure("libcurl cannot be used");
    Received received;
    set_options(handle.get(), request, received);
    auto outcome = curl_easy_perform(handle.get());
    check_outcome(handle.get(), outcome, received, request);
    HttpAnswer answer { .content_type = without_parameters(header_of(handle.get(), "Content-Type")),
        .headers = {},
        .body = std::move(received.body) };
    for (auto const* name : request.headers)
        answer.headers[name] = header_of(handle.get(), name);
    return answer;
}

void check_server_url(std::string const& text)
{
    std::unique_ptr<CURLU, Free> url(curl_url());
    bool is_url = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
    auto scheme = part_of(url.get(), CURLUPART_SCHEME);
    for (auto part : { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT })
        is_url = is_url && part_of(url.get(), part).empty();
    if (!is_url || (scheme != "https" && scheme != "http"))
        throw HttpFailure(fmt::format("{}: expected a URL such as https://pccs.example:8081", text));
    if (scheme == "http" && !is_this_machine(part_of(url.get(), CURLUPART_HOST)))
        throw HttpFailure(fmt::format("{}: http:// is for localhost only; use https://", text));
}

std::string percent_decoded(std::string const& text)
{
    int size = 0;
    std::unique_ptr<char, Free> decoded(
        curl_easy_unescape(nullptr, text.c_str(), static_cast<int>(text.size()), &size));
    return decoded ? std::string(decoded.get(), static_cast<size_t>(size)) : std::string();
}

} // namespace farl::owner
