#include "bench/load/processor_time.h"

#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace farl::load {

namespace {

timespec read_clock(clockid_t clock)
{
    timespec time;
    clock_gettime(clock, &time);
    return time;
}

double ticks_to_s(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

} // namespace

uint64_t monotonic_ns()
{
    auto const time = read_clock(CLOCK_MONOTONIC);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

double own_processor_s()
{
    auto const time = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double processor_s_of(int process)
{
    auto const path = "/proc/" + std::to_string(process) + "/stat";
    std::ifstream file(path);
    std::string const text { std::istreambuf_iterator<char>(file), {} };
    auto const name_end = text.rfind(')'); // the name may hold anything
    if (name_end == text.npos)
        throw std::runtime_error(path + ": not there");
    std::istringstream fields(text.substr(name_end + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        fields >> skipped;
    double user = 0, system = 0;
    fields >> user >> system;
    return ticks_to_s(user + system);
}

double processor_s_of(std::vector<int> const& processes)
{
    double sum = 0;
    for (int const process : processes)
        sum += processor_s_of(process);
    return sum;
}

double machine_processor_s()
{
    std::ifstream file("/proc/stat");
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, deferred = 0;
    file >> name >> user >> nice >> system >> idle >> waiting >> interrupts >> deferred;
    return ticks_to_s(user + nice + system + interrupts + deferred);
}

} // namespace farl::load
