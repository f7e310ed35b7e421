// HostFile: an open file of the host, passed through: unprotected. What the host says about it is checked for shape,
// not for truth.
#pragma once

#include "enclave/fs/host/first_look.h"
#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/host_moment.h"
#include "enclave/vfs/file.h"

namespace farl {

struct HostRoot;

// What of open(2)'s flags stays with the open file: what F_GETFL says.
uint32_t kept_status_flags(uint32_t open_flags);

class HostFile : public File {
public:
    // Asks the host what it is, unless that came with the file. `root` is where its file system begins, or null if it
    // came without a path.
    static Result<Ref<HostFile>> create(HostDescriptor descriptor, uint32_t status_flags,
        HostRoot const* root = nullptr, FirstLook const* look = nullptr);
    ~HostFile() override;

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<size_t> read_at(uint64_t offset, Sink const& sink) override;
    Result<size_t> write_at(uint64_t offset, Source const& source) override;
    bool has_positions() const override { return !S_ISFIFO(mode_) && !S_ISCHR(mode_); }
    Result<size_t> append(Source const& source, bool moves_position) override;
    Result<uint64_t> seek(int64_t offset, int whence) override;
    Result<struct stat> status() override;
    Result<ExtendedStatus> extended_status(uint32_t mask, int flags) override;
    Result<struct statfs> file_system_status() override;
    Result<> change_mode(uint32_t mode) override;
    Result<> change_owner(uint32_t uid, uint32_t gid) override;
    Result<> set_times(FileTimes const& times) override;
    Result<size_t> get_attribute(std::string_view name, Sink const& sink) override;
    Result<> set_attribute(std::string_view name, Source const& source, int flags) override;
    Result<size_t> list_attributes(Sink const& sink) override;
    Result<> remove_attribute(std::string_view name) override;
    Result<> truncate(uint64_t size) override;
    Result<> allocate(int mode, uint64_t offset, uint64_t size) override;
    Result<> sync(bool data_only) override;
    Result<size_t> read_directory(Sink const& sink) override;
    Result<Ref<MappedObject>> mapping() override;
    ObjectKey object_key() const override { return key_; }
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<> set_status_flags(uint32_t flags) override;
    Result<> lock_record(int command, struct flock& lock) override;
    Result<> lock_whole(int operation) override;
    Result<uint64_t> control_descriptor(int command, uint64_t argument) override;
    Result<> advise(uint64_t offset, uint64_t size, int advice) override;
    Result<> sync_range(uint64_t offset, uint64_t size, uint32_t flags) override;
    Result<> sync_file_system() override;
    Result<uint64_t> pipe_size() override;
    Result<uint64_t> set_pipe_size(uint64_t size) override;
    Result<Ref<File>> reopen(uint32_t flags) override;
    Result<String> current_path() override;
    Result<> enter_on_host() override;
    void descriptor_closed() override;
    bool can_signal() const override { return !is_regular() && !is_directory(); }
    bool can_be_direct() const override { return true; } // the host decides
    bool can_be_polled() override { return !is_regular() && !is_directory(); }
    bool is_pipe() const override { return S_ISFIFO(mode_); }

    int host_descriptor() const override { return descriptor_.number(); }
    HostFile* as_host_file() override { return this; }
    bool is_directory() const override { return S_ISDIR(mode_); }
    bool is_regular() const { return S_ISREG(mode_); }
    bool is_terminal() const { return S_ISCHR(mode_); }

protected:
    HostFile(HostDescriptor descriptor, uint32_t status_flags, uint32_t mode, HostRoot const* root)
        : File(status_flags),
          descriptor_(std::move(descriptor)),
          mode_(mode),
          root_(root)
    {
    }
    friend class RefCounted<File>;

    HostAnswer transfer(uint64_t number, HostAddress buffer, size_t size, uint64_t offset) const;

    HostDescriptor descriptor_;
    uint32_t mode_; // st_mode when it was opened: its type does not change

private:
    Result<> set_async_owner_on_host(AsyncOwner const& owner) override
    {
        return set_host_async_owner(descriptor_.number(), owner);
    }

    // Programs ask for it right after they have opened a file, which the runtime has done already.
    struct FirstStatus {
        HostMoment moment;
        struct stat status;
    };

    HostRoot const* root_;
    std::optional<FirstStatus> first_status_;     // of a regular file, as the next one
    std::optional<FirstLook::Bytes> first_bytes_; // until the first read_at
    std::atomic<bool> was_read_ { false };
    ObjectKey key_; // of a regular file
    std::atomic<bool> has_record_locks_ { false };
    std::atomic<bool> was_locked_ { false };      // in any way that its end undoes
    std::atomic<int64_t> directory_offset_ { 0 }; // where the host stands in a directory

    std::optional<size_t> read_first(uint64_t offset, Sink const& sink);
    void take_back(size_t count) const;
    template <typename Step>
    Result<size_t> in_chunks(size_t size, Step&& step) const;
};

// Reads `size` bytes of a host file into runtime memory; short at its end.
Result<size_t> read_host_file(int host_descriptor, uint64_t offset, void* to, size_t size);

} // namespace farl
