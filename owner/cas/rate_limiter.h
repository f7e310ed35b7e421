// RateLimiter: so many attempts at once and so many per second, for each name apart; bounded memory whatever names
// there are. One thread at a time.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace farl::owner {

struct RateLimit {
    double burst;
    double per_second;
};

class RateLimiter {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit RateLimiter(RateLimit limit) : limit_(limit) { }

    // Whether one more attempt is within the limit, which then counts. `now` does not go back.
    bool admit(std::string_view name, Time now);

private:
    struct Bucket {
        double tokens;
        Time filled;
    };

    Bucket& bucket(std::string_view name, Time now);
    void forget_full_ones(Time now);
    double filling(Bucket const& bucket, Time now) const;

    RateLimit limit_;
    std::map<std::string, Bucket, std::less<>> buckets_;
};

} // namespace farl::owner
