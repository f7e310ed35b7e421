// A verdict for people and for programs.
#pragma once

#include "owner/quote/verifier.h"

namespace farl::owner {

std::string verdict_as_text(Verdict const& verdict);
std::string verdict_as_json(Verdict const& verdict);

} // namespace farl::owner
