#include "enclave/net/rule_credentials.h"

#include "enclave/crypto/secret_bytes.h"
#include "enclave/hostcall/log.h"
#include "enclave/vfs/vfs.h"

#include <algorithm>

namespace farl {

namespace {

constexpr uint64_t kLookInterval_ns = 1'000'000'000; // between looks at the files
constexpr size_t kLargestFile = 1 << 20;

bool listens(formats::NetworkRule const& rule) { return rule.header.direction == formats::NetworkDirection::Listen; }

Result<SecretBytes> contents_of(std::string_view path)
{
    auto location = TRY(vfs().resolve_absolute(path));
    auto file = TRY(location.file_system->open(location.file_path(), { .flags = O_RDONLY }));
    auto size = static_cast<uint64_t>(TRY(file->status()).st_size);
    if (size > kLargestFile)
        return Errno::Efbig;
    auto bytes = TRY(SecretBytes::create(size));
    for (size_t done = 0; done < size;) {
        auto count = TRY(file->read_at(done, Sink::of(bytes.bytes().data() + done, size - done)));
        if (!count)
            return Errno::Eagain; // it is just being written
        done += count;
    }
    return bytes;
}

} // namespace

Result<Owned<RuleCredentials>> RuleCredentials::create(formats::NetworkRule const& rule, formats::Bytes ticket_keys)
{
    auto credentials = TRY(make_owned<RuleCredentials>(rule));
    if (listens(rule))
        credentials->ticket_keys_ = TRY(SecretBytes::copy_of(ticket_keys));
    if (!credentials->are_files())
        credentials->context_ = TRY(TlsContext::create(settings(rule, credentials->ticket_keys_)));
    return credentials;
}

TlsSettings RuleCredentials::settings(formats::NetworkRule const& rule, SecretBytes const& ticket_keys)
{
    return { .end = listens(rule) ? TlsEnd::Server : TlsEnd::Client,
        .allows_tls12 = (rule.header.flags & formats::kRuleTls12) != 0,
        .certificate = rule.certificate,
        .key = rule.key,
        .authority = rule.authority,
        .names = rule.names,
        .protocol = rule.protocol,
        .ticket_keys = ticket_keys.bytes() };
}

bool RuleCredentials::has_the_same(formats::NetworkRule const& rule, formats::Bytes ticket_keys) const
{
    return rule.certificate == rule_.certificate && rule.key == rule_.key && rule.authority == rule_.authority
        && std::ranges::equal(ticket_keys, ticket_keys_.bytes());
}

// What is the same keeps its context, and with it sessions that can be resumed.
Result<> RuleCredentials::replace(formats::Bytes payload, formats::Bytes ticket_keys)
{
    auto texts = TRY(SecretBytes::copy_of(payload));
    auto const rule = formats::as_network_rule(texts.bytes());
    auto keys = TRY(SecretBytes::copy_of(listens(rule) ? ticket_keys : formats::Bytes {}));
    LockGuard guard(lock_);
    if (has_the_same(rule, keys.bytes()))
        return {};
    if (are_files())
        certificate_version_ = {}; // read again at the next look
    else
        context_ = TRY(TlsContext::create(settings(rule, keys)));
    looked_at_ns_ = 0;
    rule_ = rule;
    payload_ = std::move(texts);
    ticket_keys_ = std::move(keys);
    return {};
}

Result<RuleCredentials::Version> RuleCredentials::version_of(std::string_view path) const
{
    auto location = TRY(vfs().resolve_absolute(path));
    auto status = TRY(location.file_system->status(location.file_path(), Follow::Yes));
    return Version { status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec };
}

Result<> RuleCredentials::renew()
{
    auto certificate_version = TRY(version_of(rule_.certificate));
    auto key_version = TRY(version_of(rule_.key));
    if (context_ && certificate_version == certificate_version_ && key_version == key_version_)
        return {};
    auto certificate = TRY(contents_of(rule_.certificate));
    auto key = TRY(contents_of(rule_.key));
    auto wanted = settings(rule_, ticket_keys_);
    wanted.certificate = formats::as_text(certificate.bytes());
    wanted.key = formats::as_text(key.bytes());
    context_ = TRY(TlsContext::create(wanted));
    certificate_version_ = certificate_version;
    key_version_ = key_version;
    return {};
}

Result<Ref<TlsContext>> RuleCredentials::current()
{
    LockGuard guard(lock_);
    auto now = scheduler().now_ns();
    if (are_files() && (!context_ || now - looked_at_ns_ >= kLookInterval_ns)) {
        looked_at_ns_ = now;
        auto renewed = renew();
        if (renewed.is_error() && !context_) {
            Log(LogLevel::Error) << "network shield: " << rule_.certificate << " and " << rule_.key
                                 << " are not readable as certificate and key";
            return renewed.error();
        }
    }
    return context_;
}

} // namespace farl
