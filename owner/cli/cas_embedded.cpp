#include "owner/cli/cas_embedded.h"

#include "owner/cas/enclave_connection.h"
#include "owner/cli/local_volumes.h"
#include "owner/digest/hexadecimal.h"
#include "owner/launch/embedded_cas.h"
#include "owner/launch/user_error.h"

#include <algorithm>
#include <charconv>
#include <sys/mman.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

FileDescriptor descriptor_from(std::string_view text)
{
    int number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return FileDescriptor(number);
}

Secret contents(int file)
{
    struct stat status { };
    fstat(file, &status);
    Secret bytes { static_cast<size_t>(status.st_size) };
    if (pread(file, bytes.writable().data(), bytes.size(), 0) != status.st_size)
        throw UserError(kFarlFailed, "cannot read the startup configuration");
    return bytes;
}

constexpr char const* kUsage =
    "cas embedded: expected SOCKET STARTUP MRENCLAVE [DIRECTORY ACCEPTED (NAME FILE)...]; it is "
    "started by `farl run`";

// The enclave that is installed, on the emulator that is this machine's: nobody is asked who else it might be.
AttestationRule rule_for(std::string_view mrenclave)
{
    auto bytes = bytes_from_hex(mrenclave);
    Hash hash {};
    if (!bytes || bytes->size() != hash.size())
        throw UserError(kBadUsage, kUsage);
    std::ranges::copy(*bytes, hash.begin());
    return { .mrenclaves = { hash }, .emulated = { .any = true } };
}

std::unique_ptr<LocalVolumes> volumes_from(std::span<char const* const> words)
{
    if (words.empty())
        return {};
    ByName<std::string> files;
    for (size_t i = 2; i + 1 < words.size(); i += 2)
        files.emplace(words[i], words[i + 1]);
    auto const accept = words[1] == std::string_view("any") ? LocalVolumes::Accept::Any : LocalVolumes::Accept::Newest;
    return std::make_unique<LocalVolumes>(words[0], std::move(files), accept);
}

// One program, for one enclave.
class EmbeddedCas {
public:
    EmbeddedCas(Secret startup, AttestationRule rule, std::span<char const* const> volumes)
        : startup_(std::move(startup)),
          rule_(std::move(rule))
    {
        try {
            volumes_ = volumes_from(volumes);
        } catch (std::runtime_error const& error) { // nobody sees what this process writes: the enclave says it
            defect_ = Denial { Denial::Reason::StoreFailed, error.what() };
        }
    }

    Admitted decide(AdmissionRequest const& request)
    {
        if (auto const* denial = std::get_if<Denial>(&request.shown))
            return *denial;
        if (auto denial = judge(rule_, std::get<Evidence>(request.shown), request.bound))
            return *denial;
        if (request.purpose == AdmissionRequest::Purpose::Renewal)
            return Denial { Denial::Reason::NotSupported, "this CAS gives nothing that has to be renewed" };
        if (defect_)
            return *defect_;
        if (!volumes_)
            return Startup { startup_ };
        holder_ = { request.holder, std::chrono::seconds(kEmbeddedLease_s) };
        if (auto denial = volumes_->fill_in(startup_, holder_))
            return *denial;
        return Startup { startup_, holder_.lease };
    }

    KeptOrDenied keep(ToldState const& told)
    {
        auto denial = volumes_ ? volumes_->keep(told.state, { told.teller, holder_.lease })
                               : Denial { Denial::Reason::LeaseLost, "this start has no volumes" };
        if (denial)
            return *denial;
        return told.state.is_last ? std::chrono::seconds(0) : holder_.lease;
    }

    // Nobody else has the other end of its connection, so it has ended.
    void enclave_has_ended()
    {
        if (volumes_)
            volumes_->give_back(holder_.key);
    }

private:
    Secret startup_;
    AttestationRule rule_;
    std::unique_ptr<LocalVolumes> volumes_; // null: the program has none
    std::optional<Denial> defect_;
    VolumeHolder holder_ {};
};

} // namespace

int cas_embedded(std::span<char const* const> arguments)
{
    constexpr size_t kWithoutVolumes = 3, kWithOne = 7;
    if (arguments.size() != kWithoutVolumes && (arguments.size() < kWithOne || arguments.size() % 2 == 0))
        throw UserError(kBadUsage, kUsage);
    auto socket = descriptor_from(arguments[0]);
    EmbeddedCas cas(contents(descriptor_from(arguments[1]).get()), rule_for(arguments[2]), arguments.subspan(3));
    CollateralCache no_collateral { {} };
    EnclaveService service(
        no_collateral, [&](AdmissionRequest const& request) { return cas.decide(request); },
        [&](ToldState const& told) { return cas.keep(told); });
    TlsContext context(
        TlsContext::Side::Server, Ed25519Key::generate(), kEnclaveProtocol, TlsContext::AnyCertificate());
    try {
        serve_enclave(context, service, std::move(socket), "this machine");
    } catch (TlsFailure const&) {
        cas.enclave_has_ended();
        throw;
    }
    cas.enclave_has_ended();
    return 0;
}

} // namespace farl::owner
