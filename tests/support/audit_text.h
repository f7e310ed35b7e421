// The audit log of a store, as it is exported.
#pragma once

#include "owner/cas/store.h"

#include <string>

namespace farl::owner {

inline std::string audit_text(Store const& store)
{
    std::string text;
    store.export_audit([&](std::string_view part) { text += part; });
    return text;
}

} // namespace farl::owner
