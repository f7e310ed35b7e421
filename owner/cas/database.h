// SQLite as the store uses it: one connection, statements with bound values, transactions that are durable when
// commit() returns. One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace farl::owner {

// Of the disk or the file. Never names a value.
class DatabaseError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Database {
public:
    // Made if it is not there, for its owner only. Throws DatabaseError.
    explicit Database(std::string const& path);

    void execute(char const* sql);
    sqlite3* handle() const { return handle_.get(); }

private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close(database); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

    std::string path_;
    std::unique_ptr<sqlite3, Close> handle_;
    mutable std::map<std::string_view, Prepared> idle_; // by their text: to prepare one costs more than to run it
};

class Statement {
public:
    // The text has to stay as long as the database.
    Statement(Database const& database, char const* sql);
    ~Statement();
    Statement(Statement const&) = delete;
    Statement& operator=(Statement const&) = delete;

    // Counted from 1, as SQLite does. The bytes have to stay until the statement is gone.
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, std::span<std::byte const> bytes);
    Statement& bind(int index, int64_t number);

    // Whether there is a row, whose columns count from 0. A column's bytes are there until the next step.
    bool step();
    std::string_view text(int column) const;
    std::span<std::byte const> bytes(int column) const;
    int64_t number(int column) const;

private:
    Database const& owner_;
    sqlite3* database_;
    std::string_view sql_;
    Database::Prepared statement_;
};

// Rolled back unless committed.
class Transaction {
public:
    explicit Transaction(Database& database);
    Transaction(Transaction const&) = delete;
    ~Transaction();
    void commit();

private:
    Database* database_;
};

} // namespace farl::owner
