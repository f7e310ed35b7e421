#include "owner/protect/plaintext_scan.h"

#include <algorithm>
#include <bitset>

namespace farl::owner {

namespace {

constexpr uint64_t kMostPieces = 1 << 20;
constexpr uint64_t kRun = 4096;
constexpr size_t kShortest = 16;
constexpr int kFewDifferent = 8;
constexpr size_t kFilterBits = 1 << 24;
constexpr uint64_t kBase = 0x9e37'79b9'7f4a'7c15; // odd

constexpr uint64_t power(uint64_t base, size_t exponent)
{
    uint64_t result = 1;
    for (; exponent; --exponent)
        result *= base;
    return result;
}

size_t filter_bit(uint64_t hash) { return static_cast<size_t>((hash * kBase) >> 40) % kFilterBits; }

} // namespace

void PlaintextScan::Window::push(uint8_t byte)
{
    static constexpr uint64_t kOldest = power(kBase, kPiece);
    auto const at = count_ % kHistory;
    uint64_t const leaving = count_ >= kPiece ? bytes_[(count_ - kPiece) % kHistory] + 1u : 0;
    bytes_[at] = byte;
    hash_ = hash_ * kBase + byte + 1 - leaving * kOldest;
    ++count_;
}

bool PlaintextScan::Window::says_something() const
{
    std::bitset<256> seen;
    for (uint64_t back = 1; back <= kPiece; ++back)
        seen.set(bytes_[(count_ - back) % kHistory]);
    return seen.count() >= kFewDifferent;
}

PlaintextScan::PlaintextScan(uint64_t secret_size)
    : stride_(std::max<uint64_t>(kPiece, (secret_size / kMostPieces + kPiece - 1) / kPiece * kPiece)),
      filter_(kFilterBits / 64)
{
}

void PlaintextScan::begin_secret(std::string path)
{
    secrets_.push_back({ .path = std::move(path) });
    window_.clear();
    position_ = 0;
    beginning_.clear();
}

void PlaintextScan::add_secret(std::span<std::byte const> bytes)
{
    for (auto const byte : bytes) {
        window_.push(static_cast<uint8_t>(byte));
        if (++position_ < kPiece)
            beginning_ += static_cast<char>(byte);
        else if ((position_ - kPiece) % stride_ == 0)
            keep();
    }
}

void PlaintextScan::keep()
{
    if (!window_.says_something())
        return;
    auto const secret = static_cast<uint32_t>(secrets_.size() - 1);
    if (!places_.try_emplace(window_.hash(), Place { secret, position_ }).second)
        return; // it stands in two places: either says the same
    ++secrets_[secret].piece_count;
    filter_[filter_bit(window_.hash()) / 64] |= uint64_t { 1 } << filter_bit(window_.hash()) % 64;
}

void PlaintextScan::end_secret()
{
    if (position_ < kPiece && beginning_.size() >= kShortest)
        short_ones_.emplace_back(beginning_, static_cast<uint32_t>(secrets_.size() - 1));
}

void PlaintextScan::begin_stream()
{
    window_.clear();
    position_ = 0;
    last_.clear();
    for (auto& secret : secrets_)
        secret.run = 0;
}

void PlaintextScan::look_at(std::span<std::byte const> bytes)
{
    for (auto const byte : bytes) {
        window_.push(static_cast<uint8_t>(byte));
        ++position_;
        auto const bit = filter_bit(window_.hash());
        if (!window_.is_full() || !(filter_[bit / 64] >> bit % 64 & 1))
            continue;
        if (auto const found = places_.find(window_.hash()); found != places_.end())
            hit(found->second);
    }
    if (!short_ones_.empty())
        look_for_short_ones(bytes);
}

// Single pieces are in many files; a run of them, at the same distances as in the secret, is the secret.
void PlaintextScan::hit(Place place)
{
    auto& secret = secrets_[place.secret];
    auto const alignment = static_cast<int64_t>(position_ - place.offset);
    secret.run = secret.run > 0 && secret.alignment == alignment ? secret.run + 1 : 1;
    secret.alignment = alignment;
    auto const enough = std::min<uint64_t>(secret.piece_count, std::max<uint64_t>(kRun / stride_, 1));
    secret.is_found |= secret.run >= enough;
}

void PlaintextScan::look_for_short_ones(std::span<std::byte const> bytes)
{
    last_.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    for (auto const& [text, secret] : short_ones_)
        secrets_[secret].is_found |= last_.find(text) != last_.npos;
    if (last_.size() > kPiece)
        last_.erase(0, last_.size() - kPiece);
}

std::vector<std::string> PlaintextScan::found() const
{
    std::vector<std::string> paths;
    for (auto const& secret : secrets_)
        if (secret.is_found)
            paths.push_back(secret.path);
    return paths;
}

} // namespace farl::owner
