#include "enclave/net/rule_credentials.h"

#include "enclave/crypto/secret_bytes.h"
#include "enclave/hostcall/log.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constexpr uint64_t kLookInterval_ns = 1'000'000'000; // between looks at the files
constexpr size_t kLargestFile = 1 << 20;

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

Result<Owned<RuleCredentials>> RuleCredentials::create(formats::NetworkRule const& rule)
{
    auto credentials = TRY(make_owned<RuleCredentials>(rule));
    if (!credentials->are_files())
        credentials->context_ = TRY(TlsContext::create(credentials->settings()));
    return credentials;
}

TlsSettings RuleCredentials::settings() const
{
    bool listens = rule_.header.direction == formats::NetworkDirection::Listen;
    return { .end = listens ? TlsEnd::Server : TlsEnd::Client,
        .allows_tls12 = (rule_.header.flags & formats::kRuleTls12) != 0,
        .certificate = rule_.certificate,
        .key = rule_.key,
        .authority = rule_.authority,
        .names = rule_.names,
        .protocol = rule_.protocol };
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
    auto wanted = settings();
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
