// ArchiveStore: the members of a tar archive on this machine. Its names are listed once; each member that is opened is
// found again from the front, which seeks over the others.
#pragma once

#include "owner/oci/member_store.h"

#include <cstdint>
#include <map>
#include <optional>

namespace farl::owner {

class ArchiveStore final : public MemberStore {
public:
    // Throws UserError, ImageDefect.
    explicit ArchiveStore(std::string path);

    bool has(std::string const& name) const override { return resolved(name).has_value(); }
    std::unique_ptr<ByteSource> open(std::string const& name) const override;

private:
    struct Member {
        size_t position { 0 };
        std::string link; // of a symbolic or hard link: the name it stands for; `docker save` names equal layers so
    };
    std::optional<size_t> resolved(std::string name) const;

    std::string path_;
    std::map<std::string, Member> members_;
};

} // namespace farl::owner
