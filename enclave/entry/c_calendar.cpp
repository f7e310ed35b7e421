// gmtime_r(3): seconds since 1970 as a date. Years of 400 make a cycle of 146,097 days; one is counted from March, so
// that the leap day is its last.
#include <cstdint>
#include <ctime>

namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kDaysPerCycle = 146097;
constexpr int64_t kDaysFromMarchOfYear0 = 719468; // to 1970-01-01
constexpr int64_t kLargestTime = 1ll << 50;       // the year fits an int

bool is_leap_year(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

void set_date(tm& date, int64_t days_since_1970)
{
    auto days = days_since_1970 + kDaysFromMarchOfYear0;
    auto cycle = (days >= 0 ? days : days - kDaysPerCycle + 1) / kDaysPerCycle;
    auto day = days - cycle * kDaysPerCycle;                                        // of the cycle
    auto year = (day - day / 1460 + day / 36524 - day / (kDaysPerCycle - 1)) / 365; // of the cycle
    auto day_of_year = day - (365 * year + year / 4 - year / 100);                  // from March 1
    auto month = (5 * day_of_year + 2) / 153;                                       // from March
    auto calendar_year = cycle * 400 + year + (month >= 10);
    date.tm_mday = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
    date.tm_mon = static_cast<int>(month < 10 ? month + 2 : month - 10);
    date.tm_year = static_cast<int>(calendar_year - 1900);
    date.tm_yday = static_cast<int>(month < 10 ? day_of_year + 59 + is_leap_year(calendar_year) : day_of_year - 306);
    date.tm_wday = static_cast<int>(((days_since_1970 + 4) % 7 + 7) % 7);
}

} // namespace

extern "C" tm* gmtime_r(time_t const* time, tm* date) noexcept
{
    if (*time > kLargestTime || *time < -kLargestTime)
        return nullptr;
    auto days = *time / kSecondsPerDay;
    auto seconds = *time % kSecondsPerDay;
    if (seconds < 0) {
        seconds += kSecondsPerDay;
        --days;
    }
    *date = {};
    date->tm_hour = static_cast<int>(seconds / 3600);
    date->tm_min = static_cast<int>(seconds / 60 % 60);
    date->tm_sec = static_cast<int>(seconds % 60);
    set_date(*date, days);
    return date;
}
