#include "enclave/vfs/file_locks.h"

#include <sys/file.h>

namespace farl {

namespace {

bool is_of_description(int command)
{
    return command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK;
}

void describe(struct flock& lock, bool is_exclusive, bool is_of_process, uint64_t begin, uint64_t end)
{
    lock.l_type = is_exclusive ? F_WRLCK : F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(begin);
    lock.l_len = end == UINT64_MAX ? 0 : static_cast<off_t>(end - begin);
    lock.l_pid = is_of_process ? 0 : -1;
}

} // namespace

// With the lock held.
void FileLocks::note_change()
{
    LockGuard guard(wait_lock_);
    change_count_.fetch_add(1);
    waiters_.wake_all();
}

Result<> FileLocks::wait_for_change(uint64_t seen)
{
    LockGuard guard(wait_lock_);
    while (change_count_.load() == seen)
        TRY(waiters_.wait(wait_lock_));
    return {};
}

void FileLocks::drop_whole(File const& description)
{
    for (size_t i = 0; i < wholes_.size(); ++i)
        if (wholes_[i].owner == &description) {
            wholes_.remove(i);
            return note_change();
        }
}

// As Linux does, a lock of another kind is given up before the new one is asked for.
bool FileLocks::try_whole(File const& description, bool is_exclusive, Errno& failure)
{
    for (auto const& held : wholes_)
        if (held.owner == &description && held.is_exclusive == is_exclusive)
            return true;
    drop_whole(description);
    failure = Errno::Eagain;
    for (auto const& held : wholes_)
        if (held.is_exclusive || is_exclusive)
            return false;
    failure = Errno::Enolck;
    return wholes_.push({ &description, is_exclusive }).is_ok();
}

Result<> FileLocks::lock_whole(File const& description, int operation)
{
    for (;;) {
        uint64_t seen = 0;
        {
            LockGuard guard(lock_);
            if (operation & LOCK_UN) {
                drop_whole(description);
                return {};
            }
            Errno failure {};
            if (try_whole(description, operation & LOCK_EX, failure))
                return {};
            if (operation & LOCK_NB || failure == Errno::Enolck)
                return failure;
            seen = change_count_.load();
        }
        TRY(wait_for_change(seen));
    }
}

FileLocks::Record const* FileLocks::conflict_of(Record const& wanted) const
{
    for (auto const& held : records_) {
        bool overlaps = held.begin < wanted.end && wanted.begin < held.end;
        if (overlaps && held.owner != wanted.owner && (held.is_exclusive || wanted.is_exclusive))
            return &held;
    }
    return nullptr;
}

// Parts of a lock on either side stay.
Result<> FileLocks::drop_records(File const* owner, uint64_t begin, uint64_t end)
{
    for (size_t i = 0; i < records_.size(); ++i) {
        auto& held = records_[i];
        if (held.owner != owner || held.begin >= end || begin >= held.end)
            continue;
        if (held.begin < begin && end < held.end) {
            Record behind { owner, held.is_exclusive, end, held.end };
            held.end = begin;
            TRY(records_.push(behind));
        } else if (held.begin < begin) {
            held.end = begin;
        } else if (end < held.end) {
            held.begin = end;
        } else {
            records_.remove(i--);
        }
    }
    return {};
}

Result<> FileLocks::set(Record const& wanted, bool takes)
{
    TRY(records_.reserve_for(2)); // so that nothing fails half way
    TRY(drop_records(wanted.owner, wanted.begin, wanted.end));
    if (takes)
        TRY(records_.push(wanted));
    note_change();
    return {};
}

Result<> FileLocks::lock_record(File const& description, int command, struct flock& lock)
{
    // A negative length is what lies before the beginning: fcntl(2).
    auto const start = static_cast<uint64_t>(lock.l_len < 0 ? lock.l_start + lock.l_len : lock.l_start);
    auto const size = static_cast<uint64_t>(lock.l_len < 0 ? -lock.l_len : lock.l_len);
    Record const wanted { is_of_description(command) ? &description : nullptr, lock.l_type == F_WRLCK, start,
        size ? start + size : UINT64_MAX };
    for (;;) {
        uint64_t seen = 0;
        {
            LockGuard guard(lock_);
            auto const* conflict = lock.l_type == F_UNLCK ? nullptr : conflict_of(wanted);
            if (command == F_GETLK || command == F_OFD_GETLK) {
                if (conflict)
                    describe(lock, conflict->is_exclusive, !conflict->owner, conflict->begin, conflict->end);
                else
                    lock.l_type = F_UNLCK;
                return {};
            }
            if (!conflict)
                return set(wanted, lock.l_type != F_UNLCK);
            if (command == F_SETLK || command == F_OFD_SETLK)
                return Errno::Eagain;
            seen = change_count_.load();
        }
        TRY(wait_for_change(seen));
    }
}

void FileLocks::release(File const& description)
{
    LockGuard guard(lock_);
    drop_whole(description);
    (void)drop_records(&description, 0, UINT64_MAX); // takes whole ones only
    note_change();
}

void FileLocks::release_of_process()
{
    LockGuard guard(lock_);
    (void)drop_records(nullptr, 0, UINT64_MAX);
    note_change();
}

} // namespace farl
