// The leaves by which pages of an initialised enclave change: of ENCLS (the host's half) EAUG, EMODPR, EMODT to trimmed
// and EREMOVE; of ENCLU (the enclave's) EACCEPT, EMODPE and EACCEPTCOPY. SDM vol. 3D, "Intel SGX Instruction
// References". Any thread may call, signal handlers too. The host tracks as it has to, so nothing is ever NotTracked.
#pragma once

#include "abi/sgx/enclu.h"
#include "host/platform/emulator/epc_enclave.h"

namespace farl::host {

using sgx::PageStatus;

// A new page, zero already, that the enclave has to accept. #PF if there is one.
LeafFault eaug(EpcEnclave& enclave, uint64_t page);
PageStatus emodpr(EpcEnclave& enclave, uint64_t page, uint64_t permissions);
PageStatus emodt(EpcEnclave& enclave, uint64_t page);
// Whether the page is trimmed, and the enclave has accepted that.
bool eremove(EpcEnclave& enclave, uint64_t page);

// `info` are the contents of the operand, which lies where an enclave may have it. `status` is set if there is no
// fault.
LeafFault eaccept(EpcEnclave& enclave, sgx::SecInfo const& info, uint64_t page, PageStatus& status);
LeafFault emodpe(EpcEnclave& enclave, sgx::SecInfo const& info, uint64_t page);
// `copy` copies a page to one that no thread can access yet.
LeafFault eacceptcopy(EpcEnclave& enclave, sgx::SecInfo const& info, uint64_t page, uint64_t source,
    LeafFault (&copy)(uint64_t to, uint64_t from), PageStatus& status);

} // namespace farl::host
