// TreeObject: what open files, directories and FIFOs in enclave memory have in common: their node's metadata.
#pragma once

#include "enclave/fs/ephemeral/ephemeral_nodes.h"
#include "enclave/fs/tree/tree_access.h"

namespace farl {

template <typename Base>
class TreeObject : public Base {
public:
    Result<struct stat> status() override
    {
        LockGuard guard(node_->lock);
        return node_->status();
    }
    Result<struct statfs> file_system_status() override
    {
        return node_->origin() ? node_->origin()->status() : EphemeralNodes::status_of_memory();
    }
    Result<> change_mode(uint32_t mode) override
    {
        return change([&](auto& node, auto const& who) { return farl::change_mode(node, who, mode); });
    }
    Result<> change_owner(uint32_t uid, uint32_t gid) override
    {
        return change([&](auto& node, auto const& who) { return farl::change_owner(node, who, uid, gid); });
    }
    Result<> set_times(FileTimes const& times) override
    {
        return change([&](auto& node, auto const& who) { return change_times(node, who, times); });
    }
    Result<size_t> get_attribute(std::string_view name, Sink const& sink) override
    {
        return change([&](auto& node, auto const& who) { return farl::get_attribute(node, who, name, sink); });
    }
    Result<> set_attribute(std::string_view name, Source const& source, int flags) override
    {
        return change([&](auto& node, auto const& who) { return farl::set_attribute(node, who, name, source, flags); });
    }
    Result<size_t> list_attributes(Sink const& sink) override
    {
        return change([&](auto& node, auto const& who) { return farl::list_attributes(node, who, sink); });
    }
    Result<> remove_attribute(std::string_view name) override
    {
        return change([&](auto& node, auto const& who) { return farl::remove_attribute(node, who, name); });
    }
    Result<> sync_file_system() override { return node_->sync(); }
    Result<> lock_whole(int operation) override { return TRY(node_->provide_locks())->lock_whole(*this, operation); }
    void descriptor_closed() override
    {
        if (auto* locks = node_->locks.load())
            locks->release_of_process();
    }
    ~TreeObject() override
    {
        if (auto* locks = node_->locks.load())
            locks->release(*this);
    }
    TreeNode* as_tree_node() override { return node_.get(); }

protected:
    // What is left is for the base.
    template <typename... Arguments>
    explicit TreeObject(Ref<TreeNode> node, Arguments&&... arguments)
        : Base(std::forward<Arguments>(arguments)...),
          node_(std::move(node))
    {
    }

    template <typename Change>
    auto change(Change&& change)
    {
        auto const who = caller_credentials();
        LockGuard guard(node_->lock);
        return change(*node_, who);
    }

    Ref<TreeNode> node_;
};

} // namespace farl
