// Emulator: the platform for machines without SGX. The SGX instructions in software, with the real SECS, TCS and SSA
// structures; nothing is secret from the host. Needs FSGSBASE, XINUSE and Syscall User
// Dispatch (Linux 5.11).
// It keeps what a processor keeps, so there is one per process, however many objects of this class there are.
#pragma once

#include "host/platform/emulator/emulated_enclave.h"

#include <string>

namespace farl::host {

class Emulator final : public Platform {
public:
    // ENODEV where the processor or the kernel lacks something. The keys of the emulated processor are derived from
    // what is in `secret_file`, which is made at the first use; without a name, they are this process's alone.
    static Result<Owned<Platform>> create(std::string secret_file = {}, PageUse page_use = PageUse::AtOnce);
    explicit Emulator(PageUse page_use) : page_use_(page_use) { }
    // What quotes of this machine's emulator are known by: SHA-256 of their root's key.
    static sgx::Hash root();

    Result<Owned<Enclave>> create(EnclaveParameters const& parameters) override;
    Result<> on_signal(int signal, SignalHandler handler) override;
    bool take_interrupt() override;
    Result<sgx::TargetInfo> quoting_target() override;
    Result<std::vector<std::byte>> quote(sgx::Report const& report) override;
    uint64_t supported_xfrm() const override;

private:
    PageUse const page_use_;
};

} // namespace farl::host
