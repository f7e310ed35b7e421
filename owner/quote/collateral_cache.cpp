#include "owner/quote/collateral_cache.h"

#include "owner/digest/digest.h"
#include "owner/quote/refusal.h"

#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

namespace farl::owner {

namespace {

constexpr time_t kReadAgain = 10; // seconds: strangers cause reading, by quotes of platforms that are not known

std::string contents(std::filesystem::path const& path)
{
    std::ifstream file(path, std::ios::binary);
    return { std::istreambuf_iterator<char>(file), {} };
}

bool is_valid(Collateral const& collateral, time_t now) { return now <= collateral.valid_until(); }

} // namespace

std::shared_ptr<Collateral const> CollateralCache::get(std::vector<std::byte> const& fmspc, time_t now)
{
    std::lock_guard guard(lock_);
    auto known = known_.find(fmspc);
    bool is_usable = known != known_.end() && is_valid(*known->second, now);
    if (!is_usable && (now >= read_at_ + kReadAgain || now < read_at_)) {
        read_directory(now);
        known = known_.find(fmspc);
        is_usable = known != known_.end() && is_valid(*known->second, now);
    }
    if (!is_usable)
        throw Refusal(RefusalReason::WrongCollateral,
            fmt::format("there is no valid collateral for platforms with FMSPC {}", to_hex(fmspc)));
    return known->second;
}

// What is not valid is told and left out: the rest can be used.
void CollateralCache::read_directory(time_t now)
{
    read_at_ = now;
    if (directory_.empty())
        return;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(directory_, error)) {
        if (entry.path().extension() != ".json")
            continue;
        try {
            auto collateral = std::make_shared<Collateral>(Collateral::parse(contents(entry.path())));
            collateral->verify(roots_, now);
            auto& place = known_[collateral->tcb_info().fmspc];
            if (!place || !is_valid(*place, now)
                || place->tcb_info().evaluation_number <= collateral->tcb_info().evaluation_number)
                place = std::move(collateral);
        } catch (Refusal const& refusal) {
            std::fprintf(stderr, "farl: %s: not used: %s\n", entry.path().c_str(), refusal.what());
        }
    }
}

} // namespace farl::owner
