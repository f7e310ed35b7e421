// The launcher as the entry point of a protected container: no owner is there, so it makes the launch configuration
// itself, from FARL_CAS (ADDRESS:PORT), FARL_SESSION (SESSION/SERVICE) and FARL_CAS_KEY (if given, what the CAS has to
// show). Volumes are NAME.volume in the directory FARL_VOLUMES, or in /farl/volumes if that is there. Nothing of it is
// trusted: what runs, the CAS tells the enclave.
#pragma once

#include "host/launch/launch_options.h"

#include <string>

namespace farl::host {

bool is_started_by_container();

class ContainerEntry {
public:
    // The files beside this program, a configuration for them and a connection to the CAS. Nothing after a line on
    // stderr.
    std::optional<LaunchOptions> prepare();

private:
    std::string enclave_; // what the options point to
    std::string sigstruct_;
};

} // namespace farl::host
