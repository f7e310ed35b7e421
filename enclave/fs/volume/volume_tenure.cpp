#include "enclave/fs/volume/volume_tenure.h"

namespace farl {

// An answer may be lost or late twice before the time is over.
void VolumeTenure::begin_lease(uint64_t asked_ns, uint64_t lease_ns)
{
    ask_again_ns_ = asked_ns + lease_ns / 3;
    end_ns_.store(asked_ns + lease_ns);
}

Result<> VolumeTenure::tell(uint64_t patience_ns, bool is_last)
{
    if (is_lost())
        return Errno::Eio;
    auto const state = due();
    auto const asked_ns = register_.now_ns();
    auto lease_ns = register_.keep(name_, state, is_last, asked_ns + patience_ns);
    if (lease_ns.is_error()) {
        is_lost_.store(lease_ns.error() == Errno::Eacces);
        return Errno::Eio;
    }
    kept_ = state;
    begin_lease(asked_ns, lease_ns.value());
    return {};
}

Result<> VolumeTenure::committed(VolumeState const& state)
{
    newest_ = state;
    if (rollback_ == formats::VolumeRollback::Strict)
        return tell(kPatience_ns);
    return is_lost() ? Result<>(Errno::Eio) : Result<> {};
}

Result<> VolumeTenure::settle(VolumeState const& state)
{
    newest_ = state;
    if (is_lost())
        return Errno::Eio;
    return due() == kept_ ? Result<> {} : tell(kPatience_ns);
}

Result<> VolumeTenure::hold() { return is_current() ? Result<> {} : tell(kPatience_ns); }

bool VolumeTenure::look_after()
{
    if (is_lost() || (due() == kept_ && register_.now_ns() < ask_again_ns_))
        return true;
    return tell(kShortPatience_ns).is_ok() || is_lost();
}

Result<> VolumeTenure::give_back()
{
    TRY(tell(kShortPatience_ns, true));
    is_lost_.store(true);
    return {};
}

} // namespace farl
