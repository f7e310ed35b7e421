// MemberStore: the files that an image is kept in, by name: a directory, or the members of a tar archive, which may be
// compressed and is never unpacked.
#pragma once

#include "owner/oci/byte_stream.h"

#include <memory>
#include <string>

namespace farl::owner {

class MemberStore {
public:
    virtual ~MemberStore() = default;
    virtual bool has(std::string const& name) const = 0;
    // Throws ImageDefect if it is not there.
    virtual std::unique_ptr<ByteSource> open(std::string const& name) const = 0;
};

// A directory or an archive on this machine. Throws UserError if it is neither, ImageDefect.
std::unique_ptr<MemberStore> open_member_store(std::string const& path);

} // namespace farl::owner
