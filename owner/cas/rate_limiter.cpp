#include "owner/cas/rate_limiter.h"

#include <algorithm>

namespace farl::owner {

namespace {

constexpr size_t kMostNames = 4096;
// Who comes when there are too many names shares this one with others that do.
constexpr std::string_view kOthers = "";

} // namespace

bool RateLimiter::admit(std::string_view name, Time now)
{
    auto& mine = bucket(name, now);
    mine = { filling(mine, now), now };
    if (mine.tokens < 1)
        return false;
    mine.tokens -= 1;
    return true;
}

RateLimiter::Bucket& RateLimiter::bucket(std::string_view name, Time now)
{
    auto found = buckets_.find(name);
    if (found != buckets_.end())
        return found->second;
    if (buckets_.size() >= kMostNames)
        forget_full_ones(now);
    auto is_full = buckets_.size() >= kMostNames;
    return buckets_.try_emplace(std::string(is_full ? kOthers : name), Bucket { limit_.burst, now }).first->second;
}

// A full one is as good as a new one.
void RateLimiter::forget_full_ones(Time now)
{
    std::erase_if(buckets_, [&](auto const& entry) { return filling(entry.second, now) >= limit_.burst; });
}

double RateLimiter::filling(Bucket const& bucket, Time now) const
{
    auto elapsed = std::chrono::duration<double>(now - bucket.filled).count();
    return std::min(limit_.burst, bucket.tokens + elapsed * limit_.per_second);
}

} // namespace farl::owner
