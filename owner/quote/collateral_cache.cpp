#include "owner/quote/collateral_cache.h"

#include "owner/digest/hexadecimal.h"
#include "owner/quote/refusal.h"
#include "owner/quote/text.h"

#include <cstdio>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr time_t kReadAgain = 10;   // seconds: strangers cause reading, by quotes of platforms that are not known
constexpr time_t kLookForNew = 600; // what is known may have been replaced before its end

bool is_valid(std::shared_ptr<Collateral const> const& collateral, time_t now)
{
    return collateral && now <= collateral->valid_until();
}

[[noreturn]] void refuse_missing(PlatformFamily const& family, std::map<PlatformFamily, time_t> const& ended)
{
    auto whose = fmt::format("platforms with FMSPC {} of the {} CA", to_hex(family.fmspc), name_of(family.authority));
    auto advice = fmt::format("who runs the verifier gets it with {}", update_command(family));
    auto end = ended.find(family);
    if (end == ended.end())
        throw Refusal(
            RefusalReason::NoCollateral, fmt::format("there is no valid collateral for {}; {}", whose, advice));
    throw Refusal(RefusalReason::CollateralNotValidNow,
        fmt::format("the collateral for {} ended at {}; {}", whose, time_as_text(end->second), advice));
}

} // namespace

// A clock that was set back counts as time that passed.
bool CollateralCache::is_due(Verified const& known, time_t now) const
{
    return now < read_at_ || now >= read_at_ + (is_valid(known, now) ? kLookForNew : kReadAgain);
}

std::shared_ptr<Collateral const> CollateralCache::get(PlatformFamily const& family, time_t now)
{
    std::lock_guard guard(lock_);
    if (is_due(known_[family], now))
        read_directory(now);
    auto known = known_[family];
    if (!is_valid(known, now)) {
        known_.erase(family); // strangers name families
        refuse_missing(family, ended_);
    }
    return known;
}

// What is not valid is told and left out: the rest can be used.
void CollateralCache::read_directory(time_t now)
{
    read_at_ = now;
    ended_.clear();
    for (auto const& file : directory_.files()) {
        try {
            auto collateral = std::make_shared<Collateral>(CollateralDirectory::read(file));
            if (now > collateral->valid_until())
                ended_[collateral->family()] = collateral->valid_until();
            collateral->verify(roots_, now);
            auto& place = known_[collateral->family()];
            if (!is_valid(place, now) || !collateral->part_older_than(*place))
                place = std::move(collateral);
        } catch (Refusal const& refusal) {
            std::fprintf(stderr, "farl: %s: not used: %s\n", file.c_str(), refusal.what());
        }
    }
}

} // namespace farl::owner
