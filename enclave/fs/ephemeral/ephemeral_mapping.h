// EphemeralMapping: a file in enclave memory behind mmap(2). Enclave pages have one address, so a mapping holds a copy:
// process/shared_views keeps the copies one memory.
#pragma once

#include "enclave/fs/ephemeral/ephemeral_node.h"
#include "enclave/memory/mapped_object.h"

namespace farl {

class EphemeralMapping final : public MappedObject {
public:
    static Result<Ref<EphemeralMapping>> create(Ref<EphemeralNode> node, std::string_view path);

    Result<size_t> read(uint64_t offset, uint64_t address, size_t size) override;
    Result<> write_back(uint64_t offset, uint64_t address, size_t size) override;
    MappedIdentity identity() const override;
    ObjectKey key() const override { return node_->key(); }

private:
    explicit EphemeralMapping(Ref<EphemeralNode> node) : node_(std::move(node)) { }

    Ref<EphemeralNode> node_;
    String path_;
};

} // namespace farl
