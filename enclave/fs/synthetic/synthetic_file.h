// Open files of a SyntheticFileSystem.
#pragma once

#include "enclave/fs/synthetic/synthetic_file_system.h"

namespace farl {

// A file whose text is made at the first read, and again whenever reading starts at the beginning.
class SyntheticFile final : public File {
public:
    SyntheticFile(SyntheticFileSystem& file_system, SyntheticNode const& node, Captures const& captures, uint32_t flags)
        : File(flags),
          file_system_(file_system),
          node_(node),
          captures_(captures)
    {
    }

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<size_t> read_at(uint64_t offset, Sink const& sink) override;
    Result<size_t> write_at(uint64_t, Source const& source) override { return write(source); }
    bool has_positions() const override { return true; }
    Result<uint64_t> seek(int64_t offset, int whence) override;
    Result<struct stat> status() override { return file_system_.status_of(node_, captures_); }
    Result<struct statfs> file_system_status() override { return file_system_.file_system_status(); }
    Result<> truncate(uint64_t) override { return {}; }
    Result<Ref<File>> reopen(uint32_t flags) override;

private:
    Result<size_t> read_locked(uint64_t offset, Sink const& sink);

    SyntheticFileSystem& file_system_;
    SyntheticNode const& node_;
    Captures captures_;
    Mutex lock_;
    Vector<char> text_;
    bool is_made_ { false };
    uint64_t offset_ { 0 };
};

class SyntheticDirectory final : public ListedDirectory {
public:
    SyntheticDirectory(
        SyntheticFileSystem& file_system, SyntheticNode const& node, Captures const& captures, uint32_t flags)
        : ListedDirectory(flags),
          file_system_(file_system),
          node_(node),
          captures_(captures)
    {
    }

    Result<struct stat> status() override { return file_system_.status_of(node_, captures_); }
    Result<struct statfs> file_system_status() override { return file_system_.file_system_status(); }

protected:
    Result<> list(DirectoryEntries& entries) override { return file_system_.list(node_, captures_, entries); }

private:
    SyntheticFileSystem& file_system_;
    SyntheticNode const& node_;
    Captures captures_;
};

} // namespace farl
