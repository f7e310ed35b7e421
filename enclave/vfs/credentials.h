// Credentials: in whose name a call goes to a file system that enforces permissions itself (path_resolution(7),
// credentials(7)). The layer that knows processes says whose they are.
#pragma once

#include <cstdint>
#include <linux/capability.h>

namespace farl {

struct Credentials {
    uint32_t uid { 0 };
    uint32_t gid { 0 };
    uint64_t capabilities { ~0ull };
    bool (*is_in_group)(uint32_t gid) { nullptr }; // of the supplementary ones
    int pid { 0 };

    bool has(int capability) const { return capabilities >> capability & 1; }
    bool is_member(uint32_t group) const { return gid == group || (is_in_group && is_in_group(group)); }
};

enum class Whose {
    FileAccess, // the ids for files, which follow the effective ones
    Real,       // access(2)
};
using CredentialsSource = Credentials (*)(Whose whose);

// Without a source, which is set once at start, everybody is root.
void set_credentials_source(CredentialsSource source);
Credentials caller_credentials(Whose whose = Whose::FileAccess);

} // namespace farl
