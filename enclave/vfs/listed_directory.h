// ListedDirectory: an open directory whose entries are known inside. They are listed anew whenever reading starts at
// the beginning; a place in between is an index into that list.
#pragma once

#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file.h"

namespace farl {

struct DirectoryEntry {
    String name;
    uint64_t inode { 0 };
    uint8_t type { 0 }; // DT_*
};

// Without "." and "..".
using DirectoryEntries = Vector<DirectoryEntry>;

class ListedDirectory : public File {
public:
    Result<size_t> read(Sink const&) override { return Errno::Eisdir; }
    Result<size_t> read_at(uint64_t, Sink const&) override { return Errno::Eisdir; }
    Result<size_t> read_directory(Sink const& sink) final;
    bool has_positions() const override { return true; }
    Result<uint64_t> seek(int64_t offset, int whence) final;
    Result<> sync(bool) override { return {}; }
    bool is_directory() const final { return true; }

protected:
    using File::File;
    virtual Result<> list(DirectoryEntries& entries) = 0;

private:
    Result<> list_all();
    Result<size_t> put_entry(Sink const& sink, size_t at, size_t index) const;

    Mutex lock_;
    DirectoryEntries entries_;
    uint64_t next_ { 0 };
};

} // namespace farl
