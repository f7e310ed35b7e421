#include "enclave/net/unix/unix_port.h"

#include "base/format.h"

#include <stddef.h>
#include <string.h>
#include <sys/un.h>

namespace farl {

namespace {

constinit Spinlock ports_lock;
constinit IntrusiveList<UnixPort, &UnixPort::link> named_ports;
constinit std::atomic<uint32_t> next_name { 1 };

bool is_same(SocketAddress const& one, SocketAddress const& other)
{
    return one.size == other.size && memcmp(one.bytes, other.bytes, one.stored()) == 0;
}

} // namespace

// Abstract names are told apart by type too.
bool UnixPort::has_name(SocketAddress const& address, TreeNode const* node) const
{
    return node ? name_->node() == node : !name_->node() && is_same(name_->address(), address);
}

Result<Ref<UnixPort>> UnixPort::find(SocketAddress const& address, File* place, int type)
{
    auto const* node = place ? place->as_tree_node() : nullptr;
    LockGuard guard(ports_lock);
    bool is_other_type = false;
    for (auto* port = named_ports.first(); port; port = named_ports.next(*port)) {
        if (!port->has_name(address, node))
            continue;
        if (port->type_ == type)
            return Ref<UnixPort>(*port);
        is_other_type = node != nullptr;
    }
    return is_other_type ? Errno::Eprototype : Errno::Econnrefused;
}

Ref<UnixName> UnixPort::name()
{
    LockGuard guard(ports_lock);
    return name_;
}

Ref<UnixListener> UnixPort::listener()
{
    LockGuard guard(ports_lock);
    return listener_;
}

Result<> UnixPort::listen(Ref<UnixListener> listener, ucred const& owner)
{
    LockGuard guard(ports_lock);
    if (!name_)
        return Errno::Einval;
    if (!listener_) // another thread may have been faster
        listener_ = std::move(listener);
    owner_ = owner;
    return {};
}

ucred UnixPort::owner()
{
    LockGuard guard(ports_lock);
    return owner_;
}

Result<> UnixPort::bind(Ref<UnixName> name)
{
    LockGuard guard(ports_lock);
    if (name_)
        return Errno::Einval;
    if (!name->node())
        for (auto* port = named_ports.first(); port; port = named_ports.next(*port))
            if (port->type_ == type_ && port->has_name(name->address(), nullptr))
                return Errno::Eaddrinuse;
    name_ = std::move(name);
    named_ports.push_back(*this);
    return {};
}

Result<> UnixPort::bind_to_any()
{
    constexpr size_t kDigits = 5;
    for (uint32_t tries = 0; tries < 1u << (4 * kDigits); ++tries) {
        SocketAddress address;
        address.size = offsetof(sockaddr_un, sun_path) + 1 + kDigits;
        sa_family_t const family = AF_UNIX;
        memcpy(address.bytes, &family, sizeof(family));
        auto number = next_name.fetch_add(1, std::memory_order_relaxed);
        for (size_t i = 0; i < kDigits; ++i)
            address.bytes[address.size - 1 - i] = static_cast<uint8_t>("0123456789abcdef"[number >> (4 * i) & 0xf]);
        auto bound = bind(TRY(make_ref<UnixName>(address, nullptr)));
        if (bound.is_ok() || bound.error() != Errno::Eaddrinuse)
            return bound;
    }
    return Errno::Enospc;
}

void UnixPort::share_name(Ref<UnixName> name)
{
    LockGuard guard(ports_lock);
    name_ = std::move(name);
}

void UnixPort::unbind()
{
    Ref<UnixListener> listener; // may be the last reference, and its sockets have ports too
    {
        LockGuard guard(ports_lock);
        if (link.is_linked())
            named_ports.remove(*this);
        listener = std::move(listener_);
    }
    if (listener)
        listener->close();
}

bool UnixPort::takes_from(UnixQueue const& sender) const
{
    auto const* only = correspondent_.load(std::memory_order_relaxed);
    return !only || only == &sender;
}

} // namespace farl
