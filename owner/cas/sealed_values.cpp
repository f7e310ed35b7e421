#include "owner/cas/sealed_values.h"

#include <fmt/format.h>

namespace farl::owner {

std::string sealing_context(char const* name) { return fmt::format("farl store: {}", name); }

std::optional<Secret> load_sealed(Database& database, MasterKey const& key, char const* name)
{
    Statement query(database, "SELECT value FROM meta WHERE name = ?");
    if (!query.bind(1, std::string_view(name)).step())
        return {};
    auto opened = key.open(query.bytes(0), sealing_context(name));
    if (!opened)
        throw DatabaseError(fmt::format("the {} is damaged in the store; restore the store from a copy", name));
    return opened;
}

void save_sealed(Database& database, MasterKey const& key, char const* name, std::string_view value)
{
    auto sealed = key.seal(value, sealing_context(name));
    Statement(database, "INSERT OR REPLACE INTO meta VALUES (?, ?)")
        .bind(1, std::string_view(name))
        .bind(2, std::span<std::byte const>(sealed))
        .step();
}

void remove_sealed(Database& database, char const* name)
{
    Statement(database, "DELETE FROM meta WHERE name = ?").bind(1, std::string_view(name)).step();
}

Ed25519Key load_or_make_key(Database& database, MasterKey const& key, char const* name)
{
    if (auto seed = load_sealed(database, key, name))
        return Ed25519Key::from_seed(*seed);
    auto made = Ed25519Key::generate();
    save_sealed(database, key, name, made.seed().reveal());
    return made;
}

} // namespace farl::owner
