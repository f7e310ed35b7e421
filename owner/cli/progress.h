// Progress: a bar on stderr for work that takes long, on a terminal only.
#pragma once

#include <cstdint>
#include <string>

namespace farl::owner {

class Progress {
public:
    explicit Progress(std::string what);
    Progress(Progress const&) = delete;
    ~Progress(); // removes the bar

    void show(uint64_t done, uint64_t total);

private:
    std::string what_;
    bool is_shown_;
    int percent_ { -1 };
};

} // namespace farl::owner
