// UnixPort: what other sockets of this enclave know of a Unix socket: where its messages go, its name, and who waits to
// be accepted. It may outlive its socket.
#pragma once

#include "enclave/net/unix/unix_listener.h"
#include "enclave/net/unix/unix_queue.h"

namespace farl {

class UnixPort : public RefCounted<UnixPort> {
public:
    UnixPort(int type, Ref<UnixQueue> inbox) : type_(type), inbox_(std::move(inbox)) { }

    // The one with this name. ECONNREFUSED, EPROTOTYPE.
    static Result<Ref<UnixPort>> find(SocketAddress const& address, File* place, int type);

    int type() const { return type_; }
    UnixQueue& inbox() const { return *inbox_; }
    // Null: none.
    Ref<UnixName> name();
    Ref<UnixListener> listener();
    // EINVAL if there is one already.
    Result<> listen(Ref<UnixListener> listener, ucred const& owner);
    ucred owner(); // of who listens

    // EINVAL if it has a name, EADDRINUSE for an abstract name of another one.
    Result<> bind(Ref<UnixName> name);
    // An abstract name that is free.
    Result<> bind_to_any();
    // That of the listening socket it was made for.
    void share_name(Ref<UnixName> name);
    // Its socket goes.
    void unbind();

    // A socket of datagrams that is connected takes some from there only.
    void set_correspondent(UnixQueue const* inbox) { correspondent_.store(inbox, std::memory_order_relaxed); }
    bool takes_from(UnixQueue const& sender) const;
    bool corresponds_with(UnixQueue const& sender) const
    {
        return correspondent_.load(std::memory_order_relaxed) == &sender;
    }

private:
    bool has_name(SocketAddress const& address, TreeNode const* node) const;

    int const type_;
    Ref<UnixQueue> const inbox_;
    std::atomic<UnixQueue const*> correspondent_ { nullptr };

    // Under the lock of all ports, and in their list if it has a name.
    Ref<UnixName> name_;
    Ref<UnixListener> listener_;
    ucred owner_ {};

public:
    ListLink link;
};

} // namespace farl
