// How records are encoded before they are sealed (docs/formats/cas-store.md): numbers are 8 bytes, little-endian, texts
// a number and their bytes. What is read was sealed by this CAS, so a bad record is a bug or another version's.
#pragma once

#include "owner/policy/session.h"

#include <algorithm>
#include <cstring>

namespace farl::owner {

class RecordWriter {
public:
    void add(uint64_t number) { out_.append({ reinterpret_cast<char const*>(&number), sizeof number }); }
    void add(std::string_view text)
    {
        add(uint64_t { text.size() });
        out_.append(text);
    }
    void add_bytes(std::span<std::byte const> bytes)
    {
        add(std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size()));
    }
    void add(Hash const& hash) { add_bytes(hash); }
    Secret take() { return std::move(out_); }

private:
    Secret out_;
};

class RecordReader {
public:
    explicit RecordReader(std::string_view bytes) : rest_(bytes) { }

    uint64_t number()
    {
        uint64_t number = 0;
        auto bytes = take(sizeof number);
        std::memcpy(&number, bytes.data(), bytes.size());
        return number;
    }
    std::string_view text() { return take(number()); }
    void read_bytes(std::span<std::byte> out)
    {
        auto bytes = text();
        is_good_ &= bytes.size() == out.size();
        std::memcpy(out.data(), bytes.data(), std::min(bytes.size(), out.size()));
    }
    Hash hash()
    {
        Hash hash {};
        read_bytes(hash);
        return hash;
    }
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return rest_.empty(); }

private:
    std::string_view take(uint64_t size)
    {
        is_good_ &= size <= rest_.size();
        auto taken = rest_.substr(0, is_good_ ? size : 0);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest_;
    bool is_good_ { true };
};

} // namespace farl::owner
