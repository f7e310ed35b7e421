// TlsSession: names of the other side: which it is asked for by, which it has to have, and which it has.
#include "enclave/net/tls/tls_session.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/vector_scope.h"

#include <algorithm>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace farl {

namespace {

// RFC 6066, section 3: addresses are no names of servers.
bool is_address(std::string_view name)
{
    bool has_colon = name.find(':') != name.npos;
    return has_colon || (!name.empty() && name.find_first_not_of("0123456789.") == name.npos);
}

// Four numbers of at most three digits; BoringSSL's own reader wants a sscanf(3).
bool read_ipv4(std::string_view text, uint8_t (&address)[4])
{
    for (size_t i = 0; i < sizeof(address); ++i) {
        auto part = text.substr(0, text.find('.'));
        unsigned value = 0;
        for (char digit : part)
            value = 10 * value + static_cast<unsigned>(digit - '0');
        bool is_last = part.size() == text.size();
        if (part.empty() || part.size() > 3 || value > 255 || is_last != (i + 1 == sizeof(address)))
            return false;
        address[i] = static_cast<uint8_t>(value);
        text.remove_prefix(part.size() + !is_last);
    }
    return true;
}

std::string_view next_line(std::string_view& lines)
{
    auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() < lines.size() ? line.size() + 1 : line.size());
    return line;
}

// The longest host name, RFC 1035, and its end.
using NameRoom = char[256];

char const* with_end(NameRoom& room, std::string_view name)
{
    auto size = name.size() < sizeof(room) ? name.size() : sizeof(room) - 1;
    memcpy(room, name.data(), size);
    room[size] = '\0';
    return room;
}

// RFC 6125: letters, digits, hyphens, dots, and a wildcard. What else an authority has signed does not get into lines.
bool is_host_name(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'
            || c == '*' || c == '_';
    });
}

} // namespace

// Whom the other side's certificate has to name, for BoringSSL to check with the rest of it.
bool TlsSession::name_other_side()
{
    auto* wanted = SSL_get0_param(connection_);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    for (auto names = context_->names(); !names.empty();) {
        auto name = next_line(names);
        NameRoom room;
        if (uint8_t ipv4[4]; is_address(name))
            return read_ipv4(name, ipv4) ? X509_VERIFY_PARAM_set1_ip(wanted, ipv4, sizeof(ipv4))
                                         : X509_VERIFY_PARAM_set1_ip_asc(wanted, with_end(room, name));
        if (!X509_VERIFY_PARAM_add1_host(wanted, name.data(), name.size()))
            return false;
    }
    return true;
}

// SNI: the first name, unless it is an address.
bool TlsSession::name_server()
{
    NameRoom room;
    auto names = context_->names();
    auto const name = next_line(names);
    return is_address(name) || SSL_set_tlsext_host_name(connection_, with_end(room, name));
}

Result<String> TlsSession::peer_names() const
{
    VectorScope vectors;
    bssl::UniquePtr<X509> certificate(SSL_get_peer_certificate(connection_));
    bssl::UniquePtr<GENERAL_NAMES> names(certificate
            ? static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr))
            : nullptr);
    String lines;
    for (size_t i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        auto const* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS)
            continue;
        std::string_view const text(reinterpret_cast<char const*>(ASN1_STRING_get0_data(name->d.dNSName)),
            static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
        if (!is_host_name(text))
            continue;
        TRY(lines.append(text));
        TRY(lines.append("\n"));
    }
    ERR_clear_error();
    return lines;
}

} // namespace farl
