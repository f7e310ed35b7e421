#include "owner/cli/console_key.h"

#include "owner/console/console_line.h"
#include "owner/launch/user_error.h"
#include "owner/quote/text.h"

#include <CLI/CLI.hpp>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

Secret fetch_console_key(CasConnection const& cas, std::string const& service)
{
    auto slash = service.find('/');
    if (slash == service.npos)
        throw UserError(kBadUsage, fmt::format("{}: expected SESSION/SERVICE", service));
    auto answer = cas.request({ { "request", "console-key" }, { "session", service.substr(0, slash) },
        { "service", service.substr(slash + 1) } });
    auto bytes = bytes_from_hex(answer.value("key", ""));
    if (!bytes || bytes->size() != formats::kConsoleKeyBytes)
        throw UserError(kFarlFailed, "the CAS answers with something that is no key");
    Secret key { bytes->size() };
    std::memcpy(key.writable().data(), bytes->data(), bytes->size());
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return key;
}

Secret console_key_text(Secret const& key)
{
    Secret text;
    for (auto byte : key.readable())
        for (auto digit : { byte >> 4, byte & 15 })
            text.append({ &"0123456789abcdef"[digit], 1 });
    text.append("\n");
    return text;
}

void ConsoleKeyOptions::add_options(CLI::App& app)
{
    auto* file = app.add_option("--console-key", file_);
    app.add_option("--session", service_)->excludes(file);
    cas_.add_options(app, CasConnection::Need::Perhaps);
}

Secret ConsoleKeyOptions::key() const
{
    if (!file_.empty())
        return read_console_key(file_);
    if (service_.empty())
        throw UserError(kBadUsage, "expected --console-key FILE, or --session SESSION/SERVICE");
    return fetch_console_key(cas_, service_);
}

} // namespace farl::owner
