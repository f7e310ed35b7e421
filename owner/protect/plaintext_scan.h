// PlaintextScan: whether what must be secret stands somewhere in clear. It is told the secret contents first, keeps
// fingerprints of pieces of them, and then looks at every byte of what others will see.
//
// A piece is 32 bytes. What is found is a run of 4 KiB of a secret file, wherever it lies, or all of a smaller one; of
// files below 32 bytes, all of it, unless it is shorter than 16. Pieces of few different bytes say nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace farl::owner {

class PlaintextScan {
public:
    // How many secret bytes there are decides how densely fingerprints lie: memory stays bounded.
    explicit PlaintextScan(uint64_t secret_size);

    // One secret file after another, in pieces of any size.
    void begin_secret(std::string path);
    void add_secret(std::span<std::byte const> bytes);
    void end_secret();

    // Then what others see, in pieces of any size; each stream on its own.
    void begin_stream();
    void look_at(std::span<std::byte const> bytes);
    // The secret files of which something was found.
    std::vector<std::string> found() const;

private:
    static constexpr size_t kPiece = 32;
    static constexpr size_t kHistory = 64; // a power of 2, above a piece

    struct Place {
        uint32_t secret;
        uint64_t offset;
    };
    struct SecretFile {
        std::string path;
        uint32_t piece_count { 0 };
        int64_t alignment { 0 }; // of the run that is seen: stream position less offset
        uint32_t run { 0 };
        bool is_found { false };
    };
    // A hash of the last 32 bytes that went by.
    class Window {
    public:
        void clear() { *this = {}; }
        void push(uint8_t byte);
        uint64_t hash() const { return hash_; }
        bool is_full() const { return count_ >= kPiece; }
        bool says_something() const;

    private:
        uint64_t hash_ { 0 };
        uint64_t count_ { 0 };
        uint8_t bytes_[kHistory] {};
    };

    void keep();
    void hit(Place place);
    void look_for_short_ones(std::span<std::byte const> bytes);

    uint64_t stride_;
    std::vector<SecretFile> secrets_;
    std::vector<std::pair<std::string, uint32_t>> short_ones_;
    std::string beginning_; // of the secret that is added
    std::string last_;      // of the stream, for what lies across two pieces
    std::unordered_map<uint64_t, Place> places_;
    std::vector<uint64_t> filter_; // which hashes may be there: most are not
    Window window_;
    uint64_t position_ { 0 };
};

} // namespace farl::owner
