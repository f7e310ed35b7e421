// HostMapping: a regular host file behind mmap(2). Keeps the file open.
#pragma once

#include "enclave/fs/host/host_file.h"

namespace farl {

class HostMapping : public MappedObject {
public:
    static Result<Ref<HostMapping>> create(HostFile& file);

    Result<size_t> read(uint64_t offset, uint64_t address, size_t size) override;
    Result<> write_back(uint64_t offset, uint64_t address, size_t size) override;
    Result<> sync() override { return file_->sync(true); }
    MappedIdentity identity() const override;
    ObjectKey key() const override { return file_->object_key(); }

private:
    friend class RefCounted<MappedObject>;
    explicit HostMapping(HostFile& file) : file_(file) { }

    Ref<HostFile> file_;
};

} // namespace farl
