// The enclave's pages: host calls, and the processor's own leaves, behind EnclavePages.
#pragma once

#include "enclave/memory/enclave_pages.h"

namespace farl {

EnclavePages& enclave_pages();

} // namespace farl
