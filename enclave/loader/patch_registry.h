// PatchRegistry: the patch tables that came with the launch configuration, by the file they were made from.
#pragma once

#include "abi/formats/patch_table.h"
#include "abi/wire/launch_config.h"
#include "base/vector.h"

#include <atomic>

namespace farl {

class PatchRegistry {
public:
    // The configuration's bytes stay where they are. A table that its parser refuses is left out.
    Result<> add_all(wire::LaunchConfig const& config);

    // Whether code is to be patched at all.
    bool is_enabled() const { return is_enabled_; }

    patch::PatchTableView const* find(wire::FileIdentity const& file) const;

    std::atomic<uint64_t> applied { 0 };
    std::atomic<uint64_t> refused { 0 };

private:
    struct Item {
        wire::FileIdentity file;
        patch::PatchTableView table;
    };
    bool is_enabled_ { false };
    Vector<Item> items_;
};

PatchRegistry& patch_registry();

} // namespace farl
