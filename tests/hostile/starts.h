// What the launcher says at the start, forged: addresses inside the enclave, sizes that wrap, clocks that stand.
#pragma once

#include "tests/hostile/attack.h"

namespace farl::host {

class ForgedStart final : public Attack {
public:
    // Null for a name that is no forgery.
    static std::unique_ptr<Attack> create(std::string const& name);
    explicit ForgedStart(void (*forge)(wire::StartInfo&)) : forge_(forge) { }

    void start(wire::StartInfo& info) override { forge_(info); }

private:
    void (*forge_)(wire::StartInfo&);
};

} // namespace farl::host
