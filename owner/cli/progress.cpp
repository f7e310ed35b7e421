#include "owner/cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr int kWidth = 30;

} // namespace

Progress::Progress(std::string what) : what_(std::move(what)), is_shown_(isatty(STDERR_FILENO) == 1) { }

Progress::~Progress()
{
    if (percent_ >= 0)
        std::fputs("\r\x1b[K", stderr);
}

void Progress::show(uint64_t done, uint64_t total)
{
    auto const percent =
        total == 0 ? 100 : static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total));
    if (!is_shown_ || percent == percent_)
        return;
    percent_ = std::min(percent, 100);
    auto const filled = static_cast<size_t>(percent_ * kWidth / 100);
    auto const bar = std::string(filled, '#') + std::string(kWidth - filled, ' ');
    std::fprintf(stderr, "\r%s [%s] %d%%\x1b[K", what_.c_str(), bar.c_str(), percent_);
    std::fflush(stderr);
}

} // namespace farl::owner
