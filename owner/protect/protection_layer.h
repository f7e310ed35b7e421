// The layer that makes an image a protected one: /.farl, with the launcher and the enclave.
#pragma once

#include "owner/launch/installation.h"
#include "owner/oci/layer_writer.h"

namespace farl::owner {

// `directory` has the .farl that ProtectedImageWriter made. Throws UserError.
LayerWriter::Result protection_layer(
    LayoutWriter& layout, std::string const& directory, Installation const& installation);

} // namespace farl::owner
