// SgxPlatform: the platform of machines with SGX2, on the Linux SGX driver (Linux 6.0 or later for its page
// operations). Quotes come from the machine's quoting service. It has not run on hardware:
// docs/design/0013-sgx-platform.md.
#pragma once

#include "host/platform/platform.h"
#include "host/platform/sgx/aesm.h"
#include "host/platform/sgx/complaint.h"
#include "host/platform/sgx/driver.h"

namespace farl::host {

class SgxPlatform final : public Platform {
public:
    // ENODEV if the processor or the kernel cannot do it, or what opening the device gives. `driver` has to outlive it.
    static Result<Owned<Platform>> create(Driver& driver, Complain complain, std::string aesm_socket = kAesmSocket);

    SgxPlatform(Driver& driver, EntryFunction entry, uint64_t xfrm, Complain complain, std::string aesm_socket)
        : driver_(driver),
          entry_(entry),
          xfrm_(xfrm),
          complain_(complain),
          aesm_(std::move(aesm_socket))
    {
    }

    Result<Owned<Enclave>> create(EnclaveParameters const& parameters) override;
    Result<> on_signal(int signal, SignalHandler handler) override;
    bool take_interrupt() override;
    Result<sgx::TargetInfo> quoting_target() override;
    Result<std::vector<std::byte>> quote(sgx::Report const& report) override;
    uint64_t supported_xfrm() const override { return xfrm_; }

private:
    Driver& driver_;
    EntryFunction entry_;
    uint64_t xfrm_;
    Complain complain_;
    Aesm aesm_;
};

} // namespace farl::host
