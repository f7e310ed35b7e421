// http_get: one GET request by libcurl, to a server that may do its worst: sizes and time are bounded, no redirect is
// followed, nothing is decompressed. What the answer says is not checked here.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace farl::owner {

struct HttpRequest {
    std::string url;
    std::string certificates; // a file of who may vouch for the server; empty: who the system trusts
    long timeout_seconds { 30 };
    std::vector<char const*> headers; // that the answer is wanted with
};

struct HttpAnswer {
    std::string content_type; // "application/json", without parameters
    std::map<std::string, std::string> headers;
    std::string body;
};

class HttpFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Only for status 200. Throws HttpFailure, whose text has nothing from the server.
HttpAnswer http_get(HttpRequest const& request);

// Throws HttpFailure unless it is an https:// URL, or an http:// one of this machine, without user, query and fragment.
void check_server_url(std::string const& url);

// "%20" is a space. None of a name in it has another meaning.
std::string percent_decoded(std::string const& text);

} // namespace farl::owner
