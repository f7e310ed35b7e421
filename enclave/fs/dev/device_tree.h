// The table of /dev.
#pragma once

#include "enclave/fs/synthetic/synthetic_file_system.h"

namespace farl {

extern SyntheticTree const kDeviceTree;

} // namespace farl
