// What programs that look for features of the kernel find: the version whose behaviour we follow.
#pragma once

namespace farl {

inline constexpr char kKernelRelease[] = "6.1.0-farl";
inline constexpr char kKernelVersion[] = "#1 SMP Farl";

} // namespace farl
