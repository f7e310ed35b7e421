// Newer certificates and ticket keys for the network rules, asked of the CAS before those that are there are too old,
// as long as the process runs. If there are none to be had, those that are there stay.
#pragma once

#include "enclave/attest/cas_conversation.h"

namespace farl {

// A fiber of the runtime. The first ones were asked for at `asked_ns`, and are due so many seconds later. `cas` stays.
// ENOMEM.
Result<> refresh_credentials(CasConversation& cas, uint64_t asked_ns, uint32_t due_seconds);

} // namespace farl
