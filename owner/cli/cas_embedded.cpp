#include "owner/cli/cas_embedded.h"

#include "owner/cas/enclave_connection.h"
#include "owner/digest/hexadecimal.h"
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

// The enclave that is installed, on the emulator that is this machine's: nobody is asked who else it might be.
AttestationRule rule_for(std::string_view mrenclave)
{
    auto bytes = bytes_from_hex(mrenclave);
    Hash hash {};
    if (!bytes || bytes->size() != hash.size())
        throw UserError(kBadUsage, "cas embedded: expected SOCKET STARTUP MRENCLAVE; it is started by `farl run`");
    std::ranges::copy(*bytes, hash.begin());
    return { .mrenclaves = { hash }, .emulated = { .any = true } };
}

} // namespace

int cas_embedded(std::span<char const* const> arguments)
{
    if (arguments.size() != 3)
        throw UserError(kBadUsage, "cas embedded: expected SOCKET STARTUP MRENCLAVE; it is started by `farl run`");
    auto socket = descriptor_from(arguments[0]);
    auto startup = contents(descriptor_from(arguments[1]).get());
    auto rule = rule_for(arguments[2]);

    CollateralCache no_collateral { {} };
    auto decide = [&](AdmissionRequest const& request) -> Admitted {
        if (auto const* denial = std::get_if<Denial>(&request.shown))
            return *denial;
        if (auto denial = judge(rule, std::get<Evidence>(request.shown), request.bound))
            return *denial;
        return Startup { startup };
    };
    auto keep = [](StateToKeep const&, Hash const&) {
        return Denial { Denial::Reason::LeaseLost, "this CAS keeps no volumes" };
    };
    EnclaveService service(no_collateral, decide, keep);
    TlsContext context(
        TlsContext::Side::Server, Ed25519Key::generate(), kEnclaveProtocol, TlsContext::AnyCertificate());
    serve_enclave(context, service, std::move(socket), "this machine");
    return 0;
}

} // namespace farl::owner
