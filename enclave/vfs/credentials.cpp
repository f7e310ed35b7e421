#include "enclave/vfs/credentials.h"

namespace farl {

namespace {
constinit CredentialsSource the_source = nullptr;
}

void set_credentials_source(CredentialsSource source) { the_source = source; }

Credentials caller_credentials(Whose whose) { return the_source ? the_source(whose) : Credentials {}; }

} // namespace farl
