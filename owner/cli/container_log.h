// The log of a container, as its engine prints it.
#pragma once

#include "owner/cli/child.h"

#include <string>

namespace farl::owner {

// Of the engine that is installed and knows a container of this name or id: docker or podman. Throws UserError.
Child open_container_log(std::string const& name, bool follows);

} // namespace farl::owner
