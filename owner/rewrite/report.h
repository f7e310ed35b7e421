// What an analysis found, for a person or as JSON.
#pragma once

#include "owner/rewrite/analysis.h"

#include <string>

namespace farl::owner {

char const* describe(uint32_t skip_reason); // a patch::SkipReason

std::string report_as_text(std::string const& path, Analysis const& analysis);
std::string report_as_json(std::string const& path, Analysis const& analysis); // one object, on one line

} // namespace farl::owner
