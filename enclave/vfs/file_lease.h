// FileLease: an open file for the time of one system call. Between threads it holds a reference; for the only thread of
// a process, which nobody can take the file away from, it borrows the descriptor table's own and costs nothing (the
// kernel's fdget()). Whoever keeps the file longer asks for a Ref, which converting gives.
#pragma once

#include "enclave/vfs/file.h"

namespace farl {

class FileLease {
public:
    FileLease(Ref<File> file) : file_(file.leak()), is_owner_(true) { }
    static FileLease borrow(File& file) { return FileLease(file); }
    FileLease(FileLease&& other) noexcept : file_(other.file_), is_owner_(std::exchange(other.is_owner_, false)) { }
    FileLease& operator=(FileLease&& other) noexcept
    {
        std::swap(file_, other.file_);
        std::swap(is_owner_, other.is_owner_);
        return *this;
    }
    ~FileLease()
    {
        if (is_owner_)
            file_->unref();
    }

    operator Ref<File>() const { return Ref<File>(*file_); }
    File* get() const { return file_; }
    File* operator->() const { return file_; }
    File& operator*() const { return *file_; }

private:
    explicit FileLease(File& file) : file_(&file) { }

    File* file_;
    bool is_owner_ { false };
};

} // namespace farl
