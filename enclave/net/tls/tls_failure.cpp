#include "enclave/net/tls/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace farl {

namespace {

struct Description {
    int reason;
    std::string_view text;
};

constexpr Description kDescriptions[] {
    { SSL_R_HTTP_REQUEST, "it speaks HTTP without TLS" },
    { SSL_R_HTTPS_PROXY_REQUEST, "it speaks HTTP without TLS" },
    { SSL_R_WRONG_VERSION_NUMBER, "it does not speak TLS" },
    { SSL_R_UNEXPECTED_MESSAGE, "it sends a message out of turn" },
    { SSL_R_UNEXPECTED_RECORD, "it sends a record out of turn" },
    { SSL_R_UNSUPPORTED_PROTOCOL, "its version of TLS is too old" },
    { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "it refuses this version of TLS" },
    { SSL_R_NO_SHARED_CIPHER, "it shares no cipher suite" },
    { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "it refuses the handshake" },
    { SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "it shows no certificate" },
    { SSL_R_TLSV1_ALERT_CERTIFICATE_REQUIRED, "it wants a certificate of this side" },
    { SSL_R_TLSV1_ALERT_UNKNOWN_CA, "it does not know the issuer of this side's certificate" },
    { SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "it refuses this side's certificate" },
    { SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "it refuses this side's certificate as expired" },
    { SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "it refuses this side's certificate" },
    { SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "it refuses the protocol that the rule asks for (ALPN)" },
    { SSL_R_NO_APPLICATION_PROTOCOL, "it does not name the protocol that the rule asks for (ALPN)" },
    { SSL_R_INVALID_ALPN_PROTOCOL, "it names another protocol than the rule asks for (ALPN)" },
    { SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "a record was changed on its way, or is not of this connection" },
    { SSL_R_DIGEST_CHECK_FAILED, "the handshake was changed on its way, or is a replay" },
    { SSL_R_BAD_SIGNATURE, "the handshake was changed on its way, or is a replay" },
    { SSL_R_NO_RENEGOTIATION, "it asks for a renegotiation" },
    { SSL_R_TLS13_DOWNGRADE, "its version was lowered on the way" },
};

} // namespace

std::string_view describe_tls_failure(uint32_t error, long verification)
{
    auto reason = ERR_GET_REASON(error);
    bool is_of_tls = ERR_GET_LIB(error) == ERR_LIB_SSL;
    if (is_of_tls && reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return X509_verify_cert_error_string(verification);
    if (ERR_GET_LIB(error) == ERR_LIB_CIPHER)
        return "a record was changed on its way, or is not of this connection";
    for (auto const& description : kDescriptions)
        if (is_of_tls && description.reason == reason)
            return description.text;
    return "it breaks the rules of TLS";
}

} // namespace farl
