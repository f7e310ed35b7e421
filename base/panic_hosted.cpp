// panic() for hosted programs and unit tests: one line on stderr, then SIGABRT.
#include "base/result.h"

#include <cstdio>
#include <cstdlib>

void farl::panic(char const* file, int line, char const* what)
{
    std::fprintf(stderr, "farl: internal error: %s (%s:%d)\n", what, file, line);
    std::abort();
}
