// UnixName: what a Unix socket was bound to, unix(7): a file in enclave memory, or an abstract name.
#pragma once

#include "base/ref.h"
#include "enclave/net/socket_address.h"
#include "enclave/vfs/file.h"

namespace farl {

class UnixName : public RefCounted<UnixName> {
public:
    UnixName(SocketAddress const& address, Ref<File> place) : address_(address), place_(std::move(place)) { }

    // As whoever bound it gave it.
    SocketAddress const& address() const { return address_; }
    // Null for an abstract name.
    TreeNode* node() const { return place_ ? place_->as_tree_node() : nullptr; }

private:
    SocketAddress address_;
    Ref<File> place_; // so that no other file gets its identity
};

} // namespace farl
