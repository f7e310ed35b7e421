// Identity: the ids of the process and the capabilities that go with them, as credentials(7) and capabilities(7) have
// them. There is no bounding or ambient set, and no file gives capabilities.
#pragma once

#include "base/result.h"

#include <cstdint>

namespace farl {

inline constexpr uint64_t kAllCapabilities = (1ull << 41) - 1;

// capabilities(7)
struct Capabilities {
    uint64_t effective { 0 }, permitted { 0 }, inheritable { 0 };
    bool has(int capability) const { return effective >> capability & 1; }
    bool operator==(Capabilities const&) const = default;
};

struct Identity {
    uint32_t uid { 0 }, effective_uid { 0 }, saved_uid { 0 }, file_uid { 0 };
    uint32_t gid { 0 }, effective_gid { 0 }, saved_gid { 0 }, file_gid { 0 };
    Capabilities capabilities;

    bool operator==(Identity const&) const = default;

    // What the start of a program makes of it: execve(2).
    void start_program()
    {
        saved_uid = file_uid = effective_uid;
        saved_gid = file_gid = effective_gid;
        capabilities.permitted = uid && effective_uid ? 0 : kAllCapabilities;
        capabilities.effective = effective_uid ? 0 : kAllCapabilities;
    }
};

// Makes it hold outside too, from each carrier's next host call on.
void publish_identity(Identity const& identity);

// getpgid(2), getsid(2) and setsid(2) of this process.
Result<int> host_number(uint64_t call, uint64_t argument);

} // namespace farl
