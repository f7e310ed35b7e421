// Runs sequences of system calls that a seed decides, and says on standard output what each did. scripts/fuzz runs this
// natively and in an enclave and compares.
//
//     syscall_sequences FIRST_SEED SEEDS CALLS            all calls of SEEDS sequences
//     syscall_sequences SEED --only INDEX[,INDEX...]      some calls of one sequence
//     syscall_sequences SEED --chaos CALLS                any numbers with any arguments
#include "tests/fuzz/syscalls/sequence.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <numeric>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

using namespace farl::fuzz;

namespace {

constexpr int kStuck = 3;

// Ends the program if one call does not end: that the runtime can still do.
void* watch(void*)
{
    for (auto before = ~0ull;;) {
        auto now = calls_begun();
        if (now == before) {
            dprintf(kLogDescriptor, "\nstuck\n");
            _exit(kStuck);
        }
        before = now;
        usleep(5'000'000);
    }
}

std::vector<uint64_t> parse_list(char const* text)
{
    std::vector<uint64_t> list;
    for (char* end = nullptr; *text; text = *end ? end + 1 : end)
        list.push_back(strtoull(text, &end, 10));
    return list;
}

} // namespace

int main(int count, char** arguments)
{
    if (count != 4) {
        dprintf(2, "usage: syscall_sequences SEED SEEDS CALLS | SEED --only LIST | SEED --chaos CALLS\n");
        return 2;
    }
    rlimit files { 1024, 4096 };
    setrlimit(RLIMIT_NOFILE, &files);
    dup2(1, kLogDescriptor);
    pthread_t watcher;
    pthread_create(&watcher, nullptr, watch, nullptr);
    auto world = std::make_unique<World>();
    auto seed = strtoull(arguments[1], nullptr, 10);
    if (!strcmp(arguments[2], "--only")) {
        run_sequence(*world, seed, parse_list(arguments[3]));
    } else if (!strcmp(arguments[2], "--chaos")) {
        run_chaos(*world, seed, strtoull(arguments[3], nullptr, 10));
    } else {
        std::vector<uint64_t> all(strtoull(arguments[3], nullptr, 10));
        std::iota(all.begin(), all.end(), 0);
        for (auto end = seed + strtoull(arguments[2], nullptr, 10); seed < end; ++seed)
            run_sequence(*world, seed, all);
    }
    _exit(0);
}
