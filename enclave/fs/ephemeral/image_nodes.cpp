#include "enclave/fs/ephemeral/image_nodes.h"

namespace farl {

Result<Ref<EphemeralNode>> ImageNodes::node(uint32_t number)
{
    auto const record = fspf().node(number);
    if (S_ISDIR(record.mode) || record.links == 1)
        return EphemeralNode::create(*this, number);
    LockGuard guard(lock_);
    size_t begin = 0, end = shared_.size();
    while (begin < end) {
        auto const middle = begin + (end - begin) / 2;
        if (shared_[middle].number < number)
            begin = middle + 1;
        else
            end = middle;
    }
    if (begin < shared_.size() && shared_[begin].number == number)
        return shared_[begin].node;
    auto node = TRY(EphemeralNode::create(*this, number));
    TRY(shared_.insert(begin, { number, node }));
    return node;
}

} // namespace farl
