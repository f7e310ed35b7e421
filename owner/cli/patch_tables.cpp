#include "owner/cli/patch_tables.h"

#include "abi/formats/patch_table.h"
#include "owner/rewrite/library_closure.h"
#include "owner/rewrite/patch_cache.h"

#include <optional>
#include <sys/stat.h>

namespace farl::owner {

namespace {

std::optional<wire::FileIdentity> identity_of_file(int fd)
{
    struct stat status { };
    if (fstat(fd, &status) != 0)
        return {};
    return identity_of(status);
}

bool has_sites(std::span<std::byte const> table)
{
    auto view = patch::PatchTableView::parse(table);
    return view.is_ok() && view.value().site_count() > 0;
}

void add_table(ConfigWriter& config, PatchCache const& cache, int fd)
{
    auto identity = identity_of_file(fd);
    auto table = cache.table_of(fd);
    // A file that changed while it was analysed has a table of neither version.
    if (identity && identity == identity_of_file(fd) && table.is_ok() && has_sites(table.value()))
        config.add_patch_table(*identity, table.value());
}

} // namespace

void add_patch_tables(
    ConfigWriter& config, RootDirectory const& root, std::string const& program, Environment const& environment)
{
    auto cache = PatchCache::of_user();
    for (auto const& code : library_closure(root, program, environment.value("LD_LIBRARY_PATH")))
        add_table(config, cache, code.file.get());
}

} // namespace farl::owner
