// The table of /proc.
#pragma once

#include "enclave/fs/synthetic/synthetic_file_system.h"

namespace farl {

extern SyntheticTree const kProcTree;

} // namespace farl
