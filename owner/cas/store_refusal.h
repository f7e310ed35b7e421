// StoreRefusal: why a session is not stored or a secret not given. The text is for the one who asked, and holds no
// secret.
#pragma once

#include <stdexcept>
#include <string>

namespace farl::owner {

class StoreRefusal : public std::runtime_error {
public:
    enum class Reason {
        Exists,
        NoSuchSession,
        WrongPredecessor,
        NotApproved,
        NotOwner,
        NoSuchSecret,
        NotExported,
        NoSuchVolume,
        VolumeInUse,
        OtherState,
    };

    StoreRefusal(Reason reason, std::string const& text) : std::runtime_error(text), reason_(reason) { }
    Reason reason() const { return reason_; }

private:
    Reason reason_;
};

// In the audit log: "wrong-predecessor".
char const* name_of(StoreRefusal::Reason reason);

} // namespace farl::owner
