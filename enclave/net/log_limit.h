// How many lines the network shield writes: anybody can connect, so not one for each who does it wrong.
#pragma once

namespace farl {

// Whether one more may be written now.
bool may_log_shield();

} // namespace farl
