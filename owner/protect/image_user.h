// Whom the program of an image begins as: what the image's configuration calls its user, by the image's own
// /etc/passwd and /etc/group, as container engines read them.
#pragma once

#include "owner/oci/flattened_image.h"
#include "owner/policy/session.h"

#include <string_view>

namespace farl::owner {

// `user` is NAME or ID, perhaps with ":" and a group's NAME or ID behind it. With a group there are no supplementary
// ones; without, the group is the user's, and those count that name the user as a member. Pure. Throws ImageDefect for
// a name that is not there.
UserRule user_from_files(std::string_view user, std::string_view passwd, std::string_view group);

// The same with the image's files, where it has them. Throws ImageDefect, UserError.
UserRule user_of_image(FlattenedImage const& image, std::string_view user);

} // namespace farl::owner
