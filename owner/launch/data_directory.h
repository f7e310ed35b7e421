// Where Farl keeps what is this user's and has to stay.
#pragma once

#include <string>

namespace farl::owner {

// $XDG_DATA_HOME/farl or ~/.local/share/farl (XDG Base Directory Specification), which is there then if it can be.
// Empty without a home.
std::string data_directory_of_user();
// Within it: keys and states of volumes of programs that are started without a session.
inline constexpr char const* kVolumesDirectory = "/volumes";

} // namespace farl::owner
