#include "host/platform/emulator/emulator.h"

#include "host/platform/emulator/keys.h"
#include "host/platform/emulator/quoting_chain.h"
#include "host/platform/emulator/quoting_enclave.h"
#include "host/platform/emulator/signals.h"
#include "host/platform/emulator/thread_block.h"
#include "host/platform/emulator/xstate.h"

#include <openssl/crypto.h>
#include <sys/auxv.h>

namespace farl::host {

namespace {

// asm/hwcap2.h
constexpr unsigned long kHwcap2FsGsBase = 1 << 1;

} // namespace

Result<Owned<Platform>> Emulator::create(std::string secret_file, PageUse page_use)
{
    if (!(getauxval(AT_HWCAP2) & kHwcap2FsGsBase) || !has_xinuse())
        return Errno::Enodev;
    // The system's openssl.cnf has no say in a measurement, and takes time to read.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    set_platform_secret_file(std::move(secret_file));
    TRY(install_fault_handlers());
    return Owned<Platform>(TRY(make_owned<Emulator>(page_use)));
}

Result<Owned<Enclave>> Emulator::create(EnclaveParameters const& parameters)
{
    return EmulatedEnclave::create(parameters, page_use_);
}

Result<> Emulator::on_signal(int signal, SignalHandler handler) { return install_signal_handler(signal, handler); }

bool Emulator::take_interrupt()
{
    auto& thread = ThreadBlock::current();
    bool const was_pending = thread.interrupt_pending;
    thread.interrupt_pending = 0;
    return was_pending;
}

sgx::Hash Emulator::root() { return quoting_root(platform_keys()); }

Result<sgx::TargetInfo> Emulator::quoting_target() { return farl::host::quoting_target(); }

Result<std::vector<std::byte>> Emulator::quote(sgx::Report const& report) { return quote_of(platform_keys(), report); }

uint64_t Emulator::supported_xfrm() const { return farl::host::supported_xfrm(); }

} // namespace farl::host
