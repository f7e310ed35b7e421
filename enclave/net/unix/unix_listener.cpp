#include "enclave/net/unix/unix_listener.h"

#include "enclave/net/unix/unix_socket.h"

namespace farl {

UnixListener::UnixListener(ReadySource& readiness) : readiness_(&readiness) { }

UnixListener::~UnixListener() = default;

void UnixListener::set_backlog(size_t backlog)
{
    LockGuard guard(lock_);
    backlog_ = backlog;
    connecting_.wake_all();
}

Result<> UnixListener::add(Ref<UnixSocket> socket, uint64_t deadline_ns)
{
    LockGuard guard(lock_);
    while (!is_shut_ && pending_.size() > backlog_) { // as Linux: one more than that
        if (!deadline_ns)
            return Errno::Eagain;
        auto waited = connecting_.wait(lock_, deadline_ns);
        if (waited.is_error())
            return waited.error() == Errno::Etimedout ? Errno::Eagain : waited.error();
    }
    if (is_shut_)
        return Errno::Econnrefused;
    TRY(pending_.push(std::move(socket)));
    accepting_.wake_one();
    readiness_->notify(kPollIn | kPollRdNorm);
    return {};
}

Result<Ref<UnixSocket>> UnixListener::take(uint64_t deadline_ns)
{
    LockGuard guard(lock_);
    while (pending_.is_empty()) {
        if (is_shut_)
            return Errno::Einval;
        if (!deadline_ns)
            return Errno::Eagain;
        auto waited = accepting_.wait(lock_, deadline_ns);
        if (waited.is_error())
            return waited.error() == Errno::Etimedout ? Errno::Eagain : waited.error();
    }
    auto socket = pending_[0];
    pending_.remove(0);
    connecting_.wake_one();
    return socket;
}

bool UnixListener::has_any()
{
    LockGuard guard(lock_);
    return !pending_.is_empty();
}

bool UnixListener::is_shut()
{
    LockGuard guard(lock_);
    return is_shut_;
}

void UnixListener::shut()
{
    LockGuard guard(lock_);
    is_shut_ = true;
    accepting_.wake_all();
    connecting_.wake_all();
    if (readiness_)
        readiness_->notify(kPollIn | kPollRdNorm | kPollRdHup | kPollHup);
}

void UnixListener::close()
{
    shut();
    Vector<Ref<UnixSocket>> left;
    {
        LockGuard guard(lock_);
        readiness_ = nullptr;
        left = std::move(pending_);
    }
    for (auto& socket : left)
        socket->abandon();
}

} // namespace farl
