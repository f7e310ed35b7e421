// DescriptorTable: the numbers a process knows its open files by.
#pragma once

#include "base/guarded.h"
#include "base/vector.h"
#include "enclave/vfs/file_lease.h"

namespace farl {

class DescriptorTable {
public:
    static constexpr int kHardLimit = 1 << 20;

    // `is_alone`: no other thread can change the table before the lease ends.
    Result<FileLease> get(int number, bool is_alone = false);
    // The lowest free number that is at least `from`. EMFILE at the limit.
    Result<int> add(Ref<File> file, bool close_on_exec, int from = 0);
    // Puts the file at that number; what was there before is returned, to be closed by the caller.
    Result<Ref<File>> replace(int number, Ref<File> file, bool close_on_exec);
    // Takes it out. EBADF if it is not open.
    Result<Ref<File>> remove(int number);

    Result<bool> close_on_exec(int number);
    Result<> set_close_on_exec(int number, bool value);
    // Numbers in use in [first, last]; for close_range and /proc/self/fd.
    Result<Vector<int>> numbers(int first = 0, int last = kHardLimit);

    int limit() const { return limit_.load(std::memory_order_relaxed); }
    void set_limit(int limit) { limit_.store(limit, std::memory_order_relaxed); }

private:
    struct Entry {
        Ref<File> file;
        bool close_on_exec { false };
    };
    Entry* find(int number);
    Result<> grow_to(int number);

    Spinlock lock_;
    Vector<Entry> entries_;
    int lowest_free_ { 0 }; // no free number is below it
    std::atomic<int> limit_ { kHardLimit };
};

} // namespace farl
