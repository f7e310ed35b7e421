// HostFile: an open file of the host, passed through: unprotected. What the host says about it is checked for shape,
// not for truth.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/vfs/file.h"

namespace farl {

class HostFile : public File {
public:
    // Asks the host what it is.
    static Result<Ref<HostFile>> create(HostDescriptor descriptor, uint32_t status_flags);

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<size_t> read_at(uint64_t offset, Sink const& sink) override;
    Result<size_t> write_at(uint64_t offset, Source const& source) override;
    Result<uint64_t> seek(int64_t offset, int whence) override;
    Result<struct stat> status() override;
    Result<> truncate(uint64_t size) override;
    Result<> allocate(int mode, uint64_t offset, uint64_t size) override;
    Result<> sync(bool data_only) override;
    Result<size_t> read_directory(Sink const& sink) override;
    Result<Ref<MappedObject>> mapping() override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<> set_status_flags(uint32_t flags) override;

    int host_descriptor() const override { return descriptor_.number(); }
    HostFile* as_host_file() override { return this; }
    bool is_directory() const override { return S_ISDIR(mode_); }
    bool is_regular() const { return S_ISREG(mode_); }
    bool is_terminal() const { return S_ISCHR(mode_); }

protected:
    HostFile(HostDescriptor descriptor, uint32_t status_flags, uint32_t mode)
        : File(status_flags),
          descriptor_(std::move(descriptor)),
          mode_(mode)
    {
    }
    friend class RefCounted<File>;

    HostAnswer transfer(uint64_t number, HostAddress buffer, size_t size, uint64_t offset) const;

    HostDescriptor descriptor_;
    uint32_t mode_; // st_mode when it was opened: its type does not change

private:
    template <typename Step>
    Result<size_t> in_chunks(size_t size, Step&& step) const;
};

// Reads `size` bytes of a host file into runtime memory; short at its end.
Result<size_t> read_host_file(int host_descriptor, uint64_t offset, void* to, size_t size);

} // namespace farl
