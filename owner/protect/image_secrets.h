// What `farl build` writes beside a protected image, for its owner: how to open it, and what runs in it. docs/formats/
// image-keys.md describes the file. Its service is a fragment of a session file.
#pragma once

#include "owner/image/protected_image_writer.h"
#include "owner/oci/image_json.h"
#include "owner/policy/session.h"

namespace farl::owner {

struct ImageSecrets {
    ImageSeal seal;
    std::vector<std::string> entrypoint; // arguments of `farl run` go behind it, in the place of `command`
    std::vector<std::string> command;
    std::vector<std::string> environment; // NAME=VALUE
    std::string working_directory;
    std::optional<UserRule> user; // none: root
};

// Beside the image.
std::string secrets_path(std::string image);

// Refuses to overwrite a file, and to read one that others may read. Throw UserError.
void write_image_secrets(std::string const& path, ImageSecrets const& secrets, std::string const& image);
ImageSecrets read_image_secrets(std::string const& path);

} // namespace farl::owner
