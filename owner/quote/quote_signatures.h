// The signatures that every quote has, whoever made it: of the quoting enclave's report, by the platform, and of the
// quote, by the key in that report. Whether the platform is to be believed is the caller's question.
#pragma once

#include "owner/quote/certificates.h"

namespace farl::owner {

// Throws Refusal.
void check_quote_signatures(Quote const& quote, X509* platform);

} // namespace farl::owner
