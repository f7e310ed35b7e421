// SgxPlatform: the platform of machines with SGX2, on the Linux SGX driver (Linux 6.0 or later for its page
// operations). Quotes come from the machine's quoting service. It has not run on hardware:
// docs/design/0013-sgx-platform.md.
#pragma once

#include "host/platform/platform.h"
#include "host/platform/sgx/complaint.h"
#include "host/platform/sgx/driver.h"

namespace farl::host {

class SgxPlatform final : public Platform {
public:
    // ENODEV if the processor or the kernel cannot do it, or what opening the device gives. `driver` has to outlive it.
    static Result<Owned<Platform>> create(Driver& driver, Complain complain);

    SgxPlatform(Driver& driver, EntryFunction entry, uint64_t xfrm, Complain complain)
        : driver_(driver),
          entry_(entry),
          xfrm_(xfrm),
          complain_(complain)
    {
    }

    Result<Owned<Enclave>> create(EnclaveParameters const& parameters) override;
    Result<> on_signal(int signal, SignalHandler handler) override;
    bool take_interrupt() override;
    uint64_t supported_xfrm() const override { return xfrm_; }

private:
    Driver& driver_;
    EntryFunction entry_;
    uint64_t xfrm_;
    Complain complain_;
};

} // namespace farl::host
