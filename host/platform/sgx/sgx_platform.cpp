#include "host/platform/sgx/sgx_platform.h"

#include "host/platform/sgx/sgx_enclave.h"
#include "host/platform/sgx/signals.h"

namespace farl::host {

Result<Owned<Platform>> SgxPlatform::create(Driver& driver, Complain complain, std::string aesm_socket)
{
    auto refuse = [&](SgxStep step, Errno error) {
        complain(complaint(step, error));
        return error;
    };
    // The device first: that it cannot be opened is what most people have to know.
    auto device = driver.open(kEnclaveDevice);
    if (device.is_error())
        return refuse(SgxStep::OpenDevice, device.error());
    driver.close(device.value());
    auto const features = driver.features();
    if (!features.has_sgx1 || !features.has_sgx2)
        return refuse(SgxStep::FindProcessor, Errno::Enodev);
    auto const entry = driver.entry_function();
    if (entry.is_error())
        return refuse(SgxStep::FindEntry, entry.error());
    TRY(install_trap_handler());
    return Owned<Platform>(
        TRY(make_owned<SgxPlatform>(driver, entry.value(), features.xfrm, complain, std::move(aesm_socket))));
}

Result<Owned<Enclave>> SgxPlatform::create(EnclaveParameters const& parameters)
{
    return SgxEnclave::create(driver_, entry_, parameters, complain_);
}

Result<> SgxPlatform::on_signal(int signal, SignalHandler handler)
{
    return install_sgx_signal_handler(signal, handler);
}

Result<sgx::TargetInfo> SgxPlatform::quoting_target()
{
    auto target = aesm_.target();
    if (target.is_error())
        complain_(complaint(SgxStep::Quote, target.error()));
    return target;
}

Result<std::vector<std::byte>> SgxPlatform::quote(sgx::Report const& report)
{
    auto quote = aesm_.quote(report);
    if (quote.is_error())
        complain_(complaint(SgxStep::Quote, quote.error()));
    return quote;
}

bool SgxPlatform::take_interrupt() { return take_sgx_interrupt(); }

} // namespace farl::host
