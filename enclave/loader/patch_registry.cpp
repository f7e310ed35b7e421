#include "enclave/loader/patch_registry.h"

namespace farl {

namespace {
constinit PatchRegistry registry;
}

PatchRegistry& patch_registry() { return registry; }

Result<> PatchRegistry::add_all(wire::LaunchConfig const& config)
{
    is_enabled_ = true;
    for (auto const& given : config.patch_tables()) {
        auto table = patch::PatchTableView::parse(given.table);
        if (table.is_ok())
            TRY(items_.push({ given.file, table.release_value() }));
    }
    return {};
}

patch::PatchTableView const* PatchRegistry::find(wire::FileIdentity const& file) const
{
    for (auto const& item : items_)
        if (item.file == file)
            return &item.table;
    return nullptr;
}

} // namespace farl
