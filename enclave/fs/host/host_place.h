// HostPlace: a path as the host's *at calls take it: a directory's descriptor and a staged name. Within a root
// directory other than "/" the walk happens first, inside that root, so that the name left over cannot lead out of it.
#pragma once

#include "enclave/fs/host/first_look.h"
#include "enclave/hostcall/channel.h"
#include "enclave/vfs/file_system.h"

namespace farl {

// What a host file system stands on.
struct HostRoot {
    HostDescriptor descriptor;
    String host_path; // empty: "/", where the host's own walk is the container's
    bool is_whole_host() const { return host_path.is_empty(); }

    // A path of the host as the container sees it; "" for what lies outside.
    std::string_view inside(std::string_view path) const;
};

class HostPlace {
public:
    // With Follow::Yes the place is what a link behind the last name leads to, which must exist.
    static Result<HostPlace> create(HostRoot const& root, FilePath const& path, Follow follow, Staging& staging);

    int directory() const { return directory_; }
    HostAddress name() const { return name_; }

private:
    Result<> enter(HostRoot const& root, std::string_view path, Follow follow, Staging& staging);
    Result<> enter_target(HostRoot const& root, std::string_view path, Staging& staging);
    Result<> enter_parent(HostRoot const& root, std::string_view path, Staging& staging);

    HostDescriptor held_; // keeps `directory_` open
    int directory_ { AT_FDCWD };
    HostAddress name_;
};

// openat2(2) below the root.
Result<HostDescriptor> open_inside(
    HostRoot const& root, std::string_view path, OpenRequest const& request, FirstLook const* look = nullptr);

} // namespace farl
