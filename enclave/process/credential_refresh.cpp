#include "enclave/process/credential_refresh.h"

#include "abi/formats/admission.h"
#include "enclave/hostcall/log.h"
#include "enclave/hostcall/service_fiber.h"
#include "enclave/net/network_rules.h"

namespace farl {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kOneAttempt_ns = 10 * kSecond;
constexpr uint64_t kFirstPause_ns = kSecond, kLongestPause_ns = 300 * kSecond;

class CredentialRefresh {
public:
    CredentialRefresh(CasConversation& cas, uint64_t due_ns) : cas_(cas), due_ns_(due_ns) { }

    void run();

private:
    bool renew();
    Result<SecretBytes> ask();
    void explain(Errno error);
    void explain(formats::Denial const& denial);

    CasConversation& cas_;
    uint64_t due_ns_; // kNever: nothing more is to be asked for
    bool has_complained_ { false };
};

Result<SecretBytes> CredentialRefresh::ask()
{
    Vector<std::byte> request;
    TRY(request.resize(formats::request_size(cas_.service())));
    formats::write_request(request.span(), cas_.service(), formats::kRenewal);
    return cas_.ask(request.span(), scheduler().now_ns() + kOneAttempt_ns);
}

// One line for as long as it does not work.
void CredentialRefresh::explain(Errno error)
{
    if (!std::exchange(has_complained_, true))
        Log(LogLevel::Warning) << "network shield: the CAS gives no newer certificates and ticket keys (error "
                               << static_cast<int>(error) << "); those that are there stay, and it is asked again";
}

void CredentialRefresh::explain(formats::Denial const& denial)
{
    if (!std::exchange(has_complained_, true))
        Log(LogLevel::Warning) << "network shield: the CAS gives no newer certificates and ticket keys: "
                               << denial.reason << ": " << denial.explanation
                               << "; those that are there stay, and it is asked again";
}

// Whether that is done.
bool CredentialRefresh::renew()
{
    auto const asked_ns = scheduler().now_ns();
    auto const answer = ask();
    if (answer.is_error()) {
        explain(answer.error());
        return false;
    }
    auto const block = answer.value().bytes();
    if (auto denial = formats::parse_denial(block); denial.is_ok()) {
        explain(denial.value());
        return false;
    }
    auto const credentials = formats::Credentials::parse(block);
    auto const taken =
        credentials.is_ok() ? NetworkRules::installed()->renew(credentials.value()) : credentials.error();
    if (taken.is_error()) {
        explain(taken.error());
        return false;
    }
    has_complained_ = false;
    auto const due_seconds = credentials.value().due_seconds();
    due_ns_ = due_seconds ? asked_ns + due_seconds * kSecond : kNever;
    return true;
}

void CredentialRefresh::run()
{
    auto pause_ns = kFirstPause_ns;
    while (due_ns_ != kNever) {
        while (scheduler().now_ns() < due_ns_)
            (void)scheduler().park(due_ns_);
        if (renew()) {
            pause_ns = kFirstPause_ns;
            continue;
        }
        due_ns_ = scheduler().now_ns() + pause_ns;
        pause_ns = 2 * pause_ns < kLongestPause_ns ? 2 * pause_ns : kLongestPause_ns;
    }
}

} // namespace

Result<> refresh_credentials(CasConversation& cas, uint64_t asked_ns, uint32_t due_seconds)
{
    auto* refresh = new (std::nothrow) CredentialRefresh(cas, asked_ns + due_seconds * kSecond);
    if (!refresh)
        return Errno::Enomem;
    return ServiceFiber::start([](void* self) { static_cast<CredentialRefresh*>(self)->run(); }, refresh);
}

} // namespace farl
