// EphemeralMapping: a file in enclave memory behind mmap(2). Enclave pages have one address, so a mapping holds a copy:
// stores reach the file with msync(2), munmap(2) or the end of the process.
#pragma once

#include "enclave/fs/ephemeral/ephemeral_node.h"
#include "enclave/memory/mapped_object.h"

namespace farl {

class EphemeralMapping final : public MappedObject {
public:
    static Result<Ref<EphemeralMapping>> create(Ref<EphemeralNode> node, std::string_view path);

    Result<> read(uint64_t offset, uint64_t address, size_t size) override;
    Result<> write_back(uint64_t offset, uint64_t address, size_t size) override;
    MappedIdentity identity() const override;

private:
    explicit EphemeralMapping(Ref<EphemeralNode> node) : node_(std::move(node)) { }

    Ref<EphemeralNode> node_;
    String path_;
};

} // namespace farl
