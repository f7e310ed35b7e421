#include "owner/cas/database.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

constexpr int kBusyMilliseconds = 10'000;

[[noreturn]] void fail(sqlite3* database, std::string_view what)
{
    throw DatabaseError(fmt::format("{}: {}", what, database ? sqlite3_errmsg(database) : "out of memory"));
}

} // namespace

Database::Database(std::string const& path) : path_(path)
{
    sqlite3* handle = nullptr;
    auto mask = umask(077); // SQLite gives its other files the mode of the database
    auto result = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    handle_.reset(handle);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(handle, kBusyMilliseconds);
        // The file may be anybody's: no SQL of its own runs. FULL: what is committed is on the disk. The log begins
        // anew soon: to synchronise a file that has grown takes longer than one that was overwritten.
        result = sqlite3_exec(handle,
            "PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA "
            "wal_autocheckpoint = 64; "
            "PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON",
            nullptr, nullptr, nullptr);
    }
    umask(mask);
    if (result != SQLITE_OK)
        fail(handle, path);
}

void Database::execute(char const* sql)
{
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        fail(handle_.get(), path_);
}

Statement::Statement(Database const& database, char const* sql)
    : owner_(database),
      database_(database.handle()),
      sql_(sql)
{
    if (auto idle = database.idle_.extract(sql_)) {
        statement_ = std::move(idle.mapped());
        return;
    }
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        fail(database_, "the store is damaged");
    statement_.reset(statement);
}

// What was bound is the caller's, and gone.
Statement::~Statement()
{
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    owner_.idle_.try_emplace(sql_, std::move(statement_));
}

Statement& Statement::bind(int index, std::string_view text)
{
    if (sqlite3_bind_text(statement_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC))
        fail(database_, "cannot bind");
    return *this;
}

Statement& Statement::bind(int index, std::span<std::byte const> bytes)
{
    if (sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC))
        fail(database_, "cannot bind");
    return *this;
}

Statement& Statement::bind(int index, int64_t number)
{
    if (sqlite3_bind_int64(statement_.get(), index, number))
        fail(database_, "cannot bind");
    return *this;
}

bool Statement::step()
{
    auto result = sqlite3_step(statement_.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        fail(database_, "the store");
    return result == SQLITE_ROW;
}

std::span<std::byte const> Statement::bytes(int column) const
{
    auto const* bytes = static_cast<std::byte const*>(sqlite3_column_blob(statement_.get(), column));
    return { bytes, static_cast<size_t>(bytes ? sqlite3_column_bytes(statement_.get(), column) : 0) };
}

std::string_view Statement::text(int column) const
{
    auto view = bytes(column);
    return { reinterpret_cast<char const*>(view.data()), view.size() };
}

int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

Transaction::~Transaction()
{
    if (database_)
        sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Transaction::Transaction(Database& database) : database_(&database) { Statement(database, "BEGIN IMMEDIATE").step(); }

void Transaction::commit()
{
    Statement(*database_, "COMMIT").step();
    database_ = nullptr;
}

} // namespace farl::owner
