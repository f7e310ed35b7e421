// FileLocks: the locks on one file that is kept inside: flock(2), and fcntl(2)'s on ranges, of the process and of open
// file descriptions. Locks of the two calls do not see each other. No other process sees these files, so the process's
// own locks wait for those of descriptions only.
#pragma once

#include "base/vector.h"
#include "enclave/sched/wait_queue.h"

#include <atomic>
#include <cstdint>
#include <fcntl.h>

namespace farl {

class File;

class FileLocks {
public:
    // LOCK_SH, LOCK_EX, LOCK_UN, with LOCK_NB. EAGAIN, EINTR, ENOLCK.
    Result<> lock_whole(File const& description, int operation);

    // `lock` has its beginning from the start of the file on. What is asked for goes into it; l_pid 0 is this process.
    Result<> lock_record(File const& description, int command, struct flock& lock);

    // The description's last descriptor was closed; a descriptor of the process was.
    void release(File const& description);
    void release_of_process();

private:
    struct Whole {
        File const* owner;
        bool is_exclusive;
    };
    struct Record {
        File const* owner; // null: the process
        bool is_exclusive;
        uint64_t begin, end;
    };
    bool try_whole(File const& description, bool is_exclusive, Errno& failure);
    Record const* conflict_of(Record const& wanted) const;
    Result<> set(Record const& wanted, bool takes);
    Result<> wait_for_change(uint64_t seen);
    void note_change();
    void drop_whole(File const& description);
    Result<> drop_records(File const* owner, uint64_t begin, uint64_t end);

    Mutex lock_;
    Vector<Whole> wholes_;
    Vector<Record> records_;

    Spinlock wait_lock_;
    std::atomic<uint64_t> change_count_ { 0 };
    WaitQueue waiters_; // under wait_lock_
};

} // namespace farl
