#include "enclave/vfs/listed_directory.h"

#include "enclave/vfs/directory_records.h"

#include <dirent.h>

namespace farl {

Result<> ListedDirectory::list_all()
{
    entries_.clear();
    auto inode = TRY(status()).st_ino;
    TRY(entries_.push({ TRY(String::from(".")), inode, DT_DIR }));
    TRY(entries_.push({ TRY(String::from("..")), inode, DT_DIR }));
    return list(entries_);
}

Result<size_t> ListedDirectory::put_entry(Sink const& sink, size_t at, size_t index) const
{
    constexpr size_t kLongestRecord = 19 + 256 + 8;
    auto const& entry = entries_[index];
    auto size = record_size(entry.name.size());
    if (size > sink.size() - at || size > kLongestRecord)
        return Errno::Einval;
    char bytes[kLongestRecord] {};
    DirectoryRecord header;
    header.inode = entry.inode;
    header.next = static_cast<int64_t>(index) + 1;
    header.size = static_cast<uint16_t>(size);
    header.type = entry.type;
    __builtin_memcpy(bytes, &header, kRecordHeaderSize);
    __builtin_memcpy(bytes + kRecordHeaderSize, entry.name.c_str(), entry.name.size());
    TRY(sink.copy_from(at, bytes, size));
    return size;
}

// getdents64(2): as many whole records as fit; EINVAL if not even one does
Result<size_t> ListedDirectory::read_directory(Sink const& sink)
{
    LockGuard guard(lock_);
    if (next_ == 0)
        TRY(list_all());
    size_t done = 0;
    while (next_ < entries_.size()) {
        auto put = put_entry(sink, done, next_);
        if (put.is_error() && done)
            break;
        done += TRY(std::move(put));
        ++next_;
    }
    return done;
}

Result<uint64_t> ListedDirectory::seek(int64_t offset, int whence)
{
    LockGuard guard(lock_);
    auto target = whence == SEEK_CUR ? static_cast<int64_t>(next_) + offset : offset;
    if ((whence != SEEK_SET && whence != SEEK_CUR) || target < 0)
        return Errno::Einval;
    next_ = static_cast<uint64_t>(target);
    return next_;
}

} // namespace farl
