// farl-attest: what `farl attest` runs.
#include "owner/cli/attest.h"
#include "owner/cli/entry.h"

int main(int argc, char** argv) { return farl::owner::run_command(farl::owner::attest_command, argc, argv); }
