// File: an open file description. Descriptors refer to it; dup and threads share it. A subclass overrides what it can
// do; the rest answers as Linux does for such a file. All methods may be called by several threads at once.
#pragma once

#include "base/ref.h"
#include "base/string.h"
#include "enclave/memory/address_space.h"
#include "enclave/memory/buffers.h"
#include "enclave/vfs/async_signal.h"
#include "enclave/vfs/file_status.h"
#include "enclave/vfs/ready.h"

#include <fcntl.h>
#include <optional>

namespace farl {

class CallBatch;
class Socket;
class Epoll;
class TreeNode;
class HostFile;
class HostWatcher;
class TimerFile;
class SignalFile;
class ProcessFile;

// An epoll set's entry, as the file it is about knows it.
struct FileWatch {
    Epoll* epoll { nullptr };
    ListLink watch_link;
};

// open(2) with these flags changes nothing.
inline bool opens_only_to_read(uint64_t flags)
{
    constexpr uint64_t kLargeFile = 0100000; // 64-bit programs open every file with it
    constexpr uint64_t kHarmless = O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NOATIME | O_NONBLOCK | kLargeFile;
    return (flags & ~kHarmless) == O_RDONLY;
}

class File : public RefCounted<File> {
public:
    virtual ~File();

    virtual Result<size_t> read(Sink const&) { return Errno::Einval; }
    virtual Result<size_t> write(Source const&) { return Errno::Einval; }
    virtual Result<size_t> read_at(uint64_t, Sink const&) { return Errno::Espipe; }
    virtual Result<size_t> write_at(uint64_t, Source const&) { return Errno::Espipe; }
    // pwritev2(2) with RWF_APPEND: at the end, wherever that is; the file's own position follows only if told to.
    virtual Result<size_t> append(Source const& source, bool /* moves_position */) { return write(source); }
    virtual Result<uint64_t> seek(int64_t, int) { return Errno::Espipe; }
    // Whether bytes have places: pread(2) and the like work.
    virtual bool has_positions() const { return false; }
    virtual Result<struct stat> status() = 0;
    virtual Result<ExtendedStatus> extended_status(uint32_t /* mask */, int /* flags */)
    {
        return extend(TRY(status()));
    }
    virtual Result<struct statfs> file_system_status() { return Errno::Enosys; }
    virtual Result<> change_mode(uint32_t) { return Errno::Eperm; }
    virtual Result<> change_owner(uint32_t, uint32_t) { return Errno::Eperm; }
    virtual Result<> set_times(FileTimes const&) { return Errno::Eperm; }
    virtual Result<size_t> get_attribute(std::string_view name, Sink const&);
    virtual Result<> set_attribute(std::string_view name, Source const&, int);
    virtual Result<size_t> list_attributes(Sink const&) { return size_t { 0 }; }
    virtual Result<> remove_attribute(std::string_view name);
    virtual Result<> truncate(uint64_t) { return Errno::Einval; }
    virtual Result<> allocate(int, uint64_t, uint64_t) { return Errno::Enodev; }
    virtual Result<> sync(bool /* data_only */) { return Errno::Einval; }
    virtual Result<size_t> read_directory(Sink const&) { return Errno::Enotdir; }
    virtual Result<uint64_t> control(uint64_t /* request */, uint64_t /* argument */) { return Errno::Enotty; }
    // What read would give, left in place: for tee(2).
    virtual Result<size_t> peek(Sink const&) { return Errno::Einval; }
    virtual bool is_pipe() const { return false; }
    virtual Result<uint64_t> pipe_size() { return Errno::Ebadf; }
    virtual Result<uint64_t> set_pipe_size(uint64_t) { return Errno::Ebadf; }
    virtual Result<uint64_t> seals() { return Errno::Einval; }
    virtual Result<> add_seals(uint32_t) { return Errno::Einval; }
    // fcntl(2) F_GETLK... with the structure read and written in place; flock(2).
    virtual Result<> lock_record(int command, struct flock& lock);
    virtual Result<> lock_whole(int /* operation */) { return {}; }
    // fcntl(2) F_SETLEASE, F_NOTIFY...: commands whose argument is a number.
    virtual Result<uint64_t> control_descriptor(int command, uint64_t argument);
    // Who is told by which signal when O_ASYNC is set, F_SETOWN_EX and F_SETSIG.
    AsyncOwner async_owner();
    Result<> set_async_owner(AsyncOwner owner);
    // O_ASYNC was set or cleared by way of this descriptor.
    Result<> set_async_descriptor(int descriptor);
    // posix_fadvise(2), readahead(2), sync_file_range(2): advice and early writing.
    virtual Result<> advise(uint64_t /* offset */, uint64_t /* size */, int /* advice */) { return {}; }
    virtual Result<> sync_range(uint64_t, uint64_t, uint32_t) { return Errno::Espipe; }
    virtual Result<> sync_file_system() { return {}; }
    // What open(2) waits for, without any locks: the other end of a FIFO.
    virtual Result<> finish_opening() { return {}; }
    // open(2) of /proc/self/fd/N: another description of the same file.
    virtual Result<Ref<File>> reopen(uint32_t /* flags */) { return Errno::Enxio; }
    // Makes this directory the host's working directory, for relative names that only the host resolves.
    virtual Result<> enter_on_host() { return Errno::Eopnotsupp; }
    // A descriptor that referred to it was closed; others may remain.
    virtual void descriptor_closed() { }
    // What mmap(2) puts behind a mapping of this file.
    virtual Result<Ref<MappedObject>> mapping() { return Errno::Enodev; }
    // That object's key, for what can be mapped.
    virtual ObjectKey object_key() const { return {}; }
    // O_APPEND, O_NONBLOCK and the like changed by F_SETFL.
    virtual Result<> set_status_flags(uint32_t flags)
    {
        status_flags_.store(flags, std::memory_order_relaxed);
        return {};
    }

    // Readiness: from inside, by `ready_events` and `ready_source`; or from the host, by a descriptor to poll there.
    virtual uint32_t ready_events() { return kPollIn | kPollOut | kPollRdNorm | kPollWrNorm; }
    // The same for an epoll set, which is told of all that happens: what was looked at since then need not be looked at
    // again.
    virtual uint32_t ready_events_since_hint() { return ready_events(); }
    // What that will ask the host for, if it can be asked together with others: may add one call, which is made soon.
    virtual void look_ahead(CallBatch&) { }
    virtual ReadySource* ready_source() { return nullptr; }
    virtual int host_descriptor() const { return -1; }
    // With both, the host only hints when to look again. What poll(2) asks it for then, for who wants these events;
    // nothing: it is not asked.
    virtual std::optional<uint32_t> host_interest(uint32_t wanted)
    {
        return host_descriptor() >= 0 ? std::optional(wanted) : std::nullopt;
    }
    // The same of an epoll set that the file came into with a source: events and flags of epoll_ctl(2).
    virtual uint32_t host_watch(uint32_t wanted) const { return wanted; }
    // What the host said that has happened. With locks held: must not park.
    virtual void note_host_events(uint32_t) { }
    // Whether it knows readiness at all: others, regular files among them, are always ready and no matter for epoll(7).
    virtual bool can_be_polled() { return ready_source() || host_descriptor() >= 0; }

    // Whether O_ASYNC and O_DIRECT can be set later.
    virtual bool can_signal() const { return false; }
    virtual bool can_be_direct() const { return false; }

    // What it is, for the calls that work on one kind only.
    virtual Socket* as_socket() { return nullptr; }
    virtual Epoll* as_epoll() { return nullptr; }
    virtual HostFile* as_host_file() { return nullptr; }
    virtual TreeNode* as_tree_node() { return nullptr; }
    virtual HostWatcher* as_watcher() { return nullptr; }
    virtual TimerFile* as_timer_file() { return nullptr; }
    virtual SignalFile* as_signal_file() { return nullptr; }
    virtual ProcessFile* as_process_file() { return nullptr; }
    virtual bool is_directory() const { return false; }

    // O_ACCMODE, O_APPEND, O_NONBLOCK, O_PATH... as open(2) and fcntl(F_GETFL) have them.
    uint32_t status_flags() const { return status_flags_.load(std::memory_order_relaxed); }
    bool is_nonblocking() const { return status_flags() & 04000; }
    bool is_readable() const { return (status_flags() & 3) != 1 && !is_path_only(); }
    bool is_writable() const { return (status_flags() & 3) != 0 && !is_path_only(); }
    bool is_path_only() const { return status_flags() & 010000000; }

    // Absolute path inside the container, as opened; empty for what has none. For /proc/self/fd and *at calls.
    std::string_view path() const { return path_.view(); }
    // Where it is now, as getcwd(2) and /proc/self/fd tell it.
    virtual Result<String> current_path() { return path_.copy(); }
    Result<> set_path(std::string_view path)
    {
        path_ = TRY(String::from(path));
        return {};
    }

    // Other processes hold the host's file too, so closing our descriptor does not end the host's watches on it.
    void set_shared_with_host() { is_shared_with_host_.store(true, std::memory_order_relaxed); }
    bool is_shared_with_host() const { return is_shared_with_host_.load(std::memory_order_relaxed); }

protected:
    explicit File(uint32_t status_flags) : status_flags_(status_flags) { }

    // Of an object without a name: a pipe, an eventfd.
    struct stat anonymous_status(uint32_t mode) const;
    static struct statfs anonymous_file_system_status(uint64_t magic);
    // Takes the file out of all epoll sets. A class that owns a host descriptor calls it before that is closed.
    void end_watches();
    // The same for a host descriptor. The host knows the process only, not its threads.
    virtual Result<> set_async_owner_on_host(AsyncOwner const&) { return {}; }

    std::atomic<uint32_t> status_flags_;
    ReadySource readiness_; // here and not in the object, so that it lasts as long as watches may refer to it

private:
    friend class Epoll;

    String path_;
    std::atomic<bool> is_shared_with_host_ { false };
    Result<> update_async_signal();

    Spinlock async_lock_; // taken before the lock of readiness_
    AsyncOwner async_owner_;
    int async_descriptor_ { -1 };
    Ref<AsyncSignal> async_signal_;                            // among the observers of readiness_
    IntrusiveList<FileWatch, &FileWatch::watch_link> watches_; // under Epoll's watch lock
};

} // namespace farl
