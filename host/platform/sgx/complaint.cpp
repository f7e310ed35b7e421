#include "host/platform/sgx/complaint.h"

#include "host/platform/sgx/driver.h"

#include <cstring>

namespace farl::host {

namespace {

char const* what(SgxStep step)
{
    switch (step) {
    case SgxStep::FindProcessor:
        return "the processor";
    case SgxStep::FindEntry:
        return "the kernel's vDSO";
    case SgxStep::OpenDevice:
        return kEnclaveDevice;
    case SgxStep::OpenProvision:
        return kProvisionDevice;
    case SgxStep::Size:
    case SgxStep::Create:
        return "cannot create an enclave";
    case SgxStep::Map:
        return "cannot reserve the enclave's addresses";
    case SgxStep::Add:
        return "cannot add pages to the enclave";
    case SgxStep::Provision:
        return "cannot allow the enclave the provisioning key";
    case SgxStep::Initialise:
        return "the enclave is refused";
    case SgxStep::Protect:
        return "cannot map pages of the enclave";
    case SgxStep::Restrict:
        return "cannot restrict permissions of the enclave's pages";
    case SgxStep::Trim:
        return "cannot trim pages of the enclave";
    case SgxStep::Remove:
        return "cannot remove pages of the enclave";
    case SgxStep::Quote:
        return "cannot get a quote";
    }
    return "";
}

// What to do where the error alone does not tell. Errors of the driver: arch/x86/kernel/cpu/sgx of Linux.
char const* advice_to_open(SgxStep step, Errno error)
{
    bool const is_provision = step == SgxStep::OpenProvision;
    if (error == Errno::Eacces || error == Errno::Eperm)
        return is_provision
            ? "become a member of the group that owns it (sgx_prv)"
            : "become a member of the group that owns it (sgx), or pass it into the container with write access";
    if (error == Errno::Enoent)
        return "load no other SGX driver, use Linux 5.11 or later with CONFIG_X86_SGX, and switch SGX on in the "
               "firmware; in a "
               "container, pass the device in with --device";
    if (error == Errno::Enodev || error == Errno::Enxio)
        return "SGX is not there or switched off: look at its settings in the firmware, and at `dmesg | grep sgx`";
    return nullptr;
}

char const* advice_to_build(SgxStep step, Errno error)
{
    if (error == Errno::Enomem)
        return "the enclave page cache is full, or the limit of the container's sgx_epc is reached: end other enclaves";
    if (error == Errno::Eio)
        return "the processor refused: either the machine has slept since, so start again, or it does not know an "
               "attribute";
    if (error == Errno::Eexist)
        return "something is mapped at the addresses of the enclave: the launcher has to be a static PIE, without a "
               "preloaded library";
    if (step == SgxStep::Initialise && error == Errno::Eperm)
        return "its signature or measurement is wrong, or an attribute is not what was signed: build or install it "
               "again";
    if (step == SgxStep::Initialise && error == Errno::Eacces)
        return "it asks for the provisioning key, which needs /dev/sgx_provision";
    return nullptr;
}

char const* advice_to_map(Errno error)
{
    if (error == Errno::Eacces || error == Errno::Eperm)
        return "if /dev is mounted noexec, enclaves have no code: `mount -o remount,exec /dev`";
    if (error == Errno::Enomem)
        return "too many mappings: raise vm.max_map_count with sysctl(8)";
    return nullptr;
}

char const* advice_to_change(SgxStep step, Errno error)
{
    if (error == Errno::Enodev)
        return "Farl needs SGX2, which this processor or kernel (before Linux 6.0) does not have; use --platform "
               "emulator";
    if (error == Errno::Enotty)
        return "this kernel cannot change pages of enclaves: use Linux 6.0 or later";
    if (step == SgxStep::Remove && error == Errno::Eperm)
        return "the enclave has not accepted that they go";
    return nullptr;
}

char const* advice(SgxStep step, Errno error)
{
    switch (step) {
    case SgxStep::FindProcessor:
        return "it has no SGX with dynamic memory (SGX2), or the firmware has switched it off; use --platform emulator";
    case SgxStep::FindEntry:
        return "it cannot enter enclaves: use Linux 5.11 or later with CONFIG_X86_SGX";
    case SgxStep::OpenDevice:
    case SgxStep::OpenProvision:
        return advice_to_open(step, error);
    case SgxStep::Size:
        return "this processor takes only smaller address ranges, as client processors do; use --platform emulator";
    case SgxStep::Create:
    case SgxStep::Map:
    case SgxStep::Add:
    case SgxStep::Provision:
    case SgxStep::Initialise:
        return advice_to_build(step, error);
    case SgxStep::Protect:
        return advice_to_map(error);
    case SgxStep::Restrict:
    case SgxStep::Trim:
    case SgxStep::Remove:
        return advice_to_change(step, error);
    case SgxStep::Quote:
        return "the quoting service (aesmd with its quote-ex plug-in) has to run and to reach its provisioning service";
    }
    return nullptr;
}

} // namespace

std::string complaint(SgxStep step, Errno error)
{
    auto line = std::string("SGX: ") + what(step) + ": " + std::strerror(static_cast<int>(error));
    if (auto const* todo = advice(step, error))
        line += std::string(": ") + todo;
    return line;
}

} // namespace farl::host
