// What the path arguments of a system call lead to.
#pragma once

#include "enclave/process/process.h"

namespace farl {

Result<Location> locate(Thread& caller, int directory, std::string_view path, Follow follow);
Result<Location> locate(Thread& caller, int directory, UserString path, Follow follow);
// Where relative paths start: AT_FDCWD or a directory's descriptor; EBADF and ENOTDIR are told for relative ones only.
Result<StartDirectory> start_directory(Thread& caller, int directory, std::string_view path);

// The target of a call that takes a path, or with AT_EMPTY_PATH an open file.
class Target {
public:
    // Flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH; others are the caller's business.
    static Result<Target> create(Thread& caller, int directory, UserString path, int flags);
    static Result<Target> of_path(Thread& caller, UserString path, Follow follow);
    // EBADF for O_PATH unless they are allowed.
    static Result<Target> of_descriptor(Thread& caller, int descriptor, bool may_be_path_only);

    Result<struct stat> status() const;
    Result<ExtendedStatus> extended_status(uint32_t mask, int flags) const;
    Result<struct statfs> file_system_status() const;
    Result<> check_access(uint32_t mode, bool as_effective) const;
    Result<> change_mode(uint32_t mode) const;
    Result<> change_owner(uint32_t uid, uint32_t gid) const;
    Result<> set_times(FileTimes const& times) const;
    Result<size_t> get_attribute(std::string_view name, Sink const& sink) const;
    Result<> set_attribute(std::string_view name, Source const& source, int flags) const;
    Result<size_t> list_attributes(Sink const& sink) const;
    Result<> remove_attribute(std::string_view name) const;

private:
    Ref<File> file_; // null: the location
    Location location_;
    Follow follow_ { Follow::Yes };

    FileSystem& file_system() const { return *location_.file_system; }
    FilePath path() const { return location_.file_path(); }
};

} // namespace farl
