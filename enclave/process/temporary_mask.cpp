#include "enclave/process/temporary_mask.h"

namespace farl {

Result<> TemporaryMask::apply(uint64_t user_mask, size_t size)
{
    if (!user_mask)
        return {};
    if (size != sizeof(SignalSet))
        return Errno::Einval;
    auto mask = TRY(UserIn<SignalSet> { user_mask }.read());
    if (!thread_.has_saved_mask) { // it is there already when the call is repeated
        thread_.saved_mask = thread_.blocked;
        thread_.has_saved_mask = true;
    }
    thread_.process().set_blocked(thread_, mask);
    is_applied_ = true;
    return {};
}

void TemporaryMask::take_back()
{
    thread_.has_saved_mask = false;
    thread_.process().set_blocked(thread_, thread_.saved_mask);
}

} // namespace farl
