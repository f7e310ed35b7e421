#include "host/platform/emulator/sole_enclave.h"

#include "abi/sgx/enclu.h"
#include "host/platform/emulator/gate.h"

#include <mutex>
#include <vector>

farl::host::SoleEnclave emulator_sole_enclave {};

namespace farl::host {

namespace {

std::mutex mutex;
std::vector<EpcEnclave const*> noted;

} // namespace

void note_sole_enclave(EpcEnclave const& enclave)
{
    std::lock_guard lock(mutex);
    emulator_sole_enclave = {};
    noted.push_back(&enclave);
    if (noted.size() > 1)
        return;
    for (size_t i = 0; i < enclave.enclu_sites.size(); ++i)
        emulator_sole_enclave.returns[i] = enclave.enclu_sites[i] + sgx::kEncluSiteSize;
    emulator_sole_enclave.augments = !enclave.demand;
    emulator_sole_enclave.base = enclave.secs.base;
    emulator_sole_enclave.size = enclave.secs.size;
}

bool is_sole(EpcEnclave const& enclave)
{
    std::lock_guard lock(mutex);
    return noted.size() == 1 && noted.front() == &enclave && emulator_sole_enclave.size;
}

// One that was not the only one stays so when the others are gone.
void forget_sole_enclave(EpcEnclave const& enclave)
{
    std::lock_guard lock(mutex);
    if (std::erase(noted, &enclave))
        emulator_sole_enclave = {};
}

} // namespace farl::host
