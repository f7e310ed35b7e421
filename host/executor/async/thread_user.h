// ThreadUser: in whose name a thread makes its system calls. The kernel keeps ids, groups and capabilities for each
// thread; the C library's functions, which change those of all threads at once, are not used here.
#pragma once

#include <array>
#include <linux/capability.h>
#include <sys/types.h>
#include <vector>

namespace farl::host {

class ThreadUser {
public:
    static ThreadUser of_caller();

    // Makes the calling thread act for this user, as far as it may.
    void take_on() const;

private:
    struct Ids {
        uid_t real, effective, saved, file;
    };

    Ids users_ {};
    Ids groups_ {};
    std::vector<gid_t> supplementary_;
    std::array<__user_cap_data_struct, 2> capabilities_ {};
};

} // namespace farl::host
