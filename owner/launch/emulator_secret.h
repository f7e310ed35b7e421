// Where this user's emulated platform keeps its secret: what fuses are to a processor.
#pragma once

#include <string>

namespace farl::owner {

// $XDG_DATA_HOME/farl/emulator-secret, or ~/.local/share/farl/emulator-secret; its directory is there then. Empty where
// there can be none: each start of the emulator is a platform of its own there.
std::string emulator_secret_of_user();

} // namespace farl::owner
