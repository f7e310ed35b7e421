// TreeMapping: a file in enclave memory behind mmap(2). Enclave pages have one address, so a mapping holds a copy:
// process/shared_views keeps the copies one memory.
#pragma once

#include "enclave/fs/tree/tree_node.h"
#include "enclave/memory/mapped_object.h"

namespace farl {

class TreeMapping final : public MappedObject {
public:
    static Result<Ref<TreeMapping>> create(Ref<TreeNode> node, std::string_view path);

    Result<size_t> read(uint64_t offset, uint64_t address, size_t size) override;
    Result<> write_back(uint64_t offset, uint64_t address, size_t size) override;
    Result<> sync() override { return node_->sync(); }
    MappedIdentity identity() const override;
    ObjectKey key() const override { return node_->key(); }

private:
    explicit TreeMapping(Ref<TreeNode> node) : node_(std::move(node)) { }

    Ref<TreeNode> node_;
    String path_;
};

} // namespace farl
