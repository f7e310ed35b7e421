#include "owner/cas/store_refusal.h"

namespace farl::owner {

char const* name_of(StoreRefusal::Reason reason)
{
    switch (reason) {
    case StoreRefusal::Reason::Exists:
        return "exists";
    case StoreRefusal::Reason::NoSuchSession:
        return "no-such-session";
    case StoreRefusal::Reason::WrongPredecessor:
        return "wrong-predecessor";
    case StoreRefusal::Reason::NotApproved:
        return "not-approved";
    case StoreRefusal::Reason::NotOwner:
        return "not-owner";
    case StoreRefusal::Reason::NoSuchSecret:
        return "no-such-secret";
    case StoreRefusal::Reason::NotExported:
        return "not-exported";
    case StoreRefusal::Reason::NoSuchVolume:
        return "no-such-volume";
    case StoreRefusal::Reason::VolumeInUse:
        return "volume-in-use";
    case StoreRefusal::Reason::OtherState:
        return "other-state";
    }
    return "unknown";
}

} // namespace farl::owner
