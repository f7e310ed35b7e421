// AnonymousFile: an open object without a file: eventfd, timerfd, signalfd, epoll. On Linux all of these share one
// inode, which has no contents, no position and nothing that could be changed.
#pragma once

#include "enclave/vfs/file.h"

namespace farl {

class AnonymousFile : public File {
public:
    Result<struct stat> status() override { return anonymous_status(0600); }
    Result<struct statfs> file_system_status() override { return anonymous_file_system_status(kAnonymousMagic); }
    Result<uint64_t> seek(int64_t, int) override { return uint64_t { 0 }; }
    Result<> change_mode(uint32_t) override { return Errno::Eopnotsupp; }
    Result<> change_owner(uint32_t, uint32_t) override { return Errno::Eopnotsupp; }

protected:
    using File::File;

private:
    static constexpr uint64_t kAnonymousMagic = 0x09041934; // ANON_INODE_FS_MAGIC
};

} // namespace farl
