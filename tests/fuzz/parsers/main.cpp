// Gives the readers of untrusted bytes damaged inputs. A crash is a find: the line before says which target and seed.
//
//     parser_mutations FOLDER SEED COUNT [TARGET]     FOLDER has farl-enclave and farl-enclave.sigstruct
#include "tests/fuzz/parsers/targets.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace farl::fuzz;

namespace {

constexpr unsigned kLongestSeconds = 20; // for one input

// For a person who sees the crash: which input it was.
char const* current_target = "";
uint64_t current_seed = 0;

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

void tell_input() { dprintf(2, "target %s seed %lu\n", current_target, current_seed); }

bool try_target(Target const& target, uint64_t seed, uint64_t count)
{
    auto const sample = target.sample();
    if (sample.empty() && target.may_lack_sample) {
        printf("%s: left out, there is no sample\n", target.name);
        return true;
    }
    if (sample.empty() || !target.read(sample)) {
        fprintf(stderr, "%s: the sample itself is refused\n", target.name);
        return false;
    }
    uint64_t accepted = 0;
    current_target = target.name;
    for (current_seed = seed; current_seed < seed + count; ++current_seed) {
        alarm(kLongestSeconds);
        accepted += target.read(Mutator(current_seed).damaged(sample));
    }
    alarm(0);
    printf("%s: %lu inputs from seed %lu, %lu accepted\n", target.name, count, seed, accepted);
    return true;
}

} // namespace

int main(int count, char** arguments)
{
    if (count < 4) {
        fprintf(stderr, "usage: parser_mutations FOLDER SEED COUNT [TARGET]\n");
        return 2;
    }
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(tell_input);
    set_program_folder(arguments[1]);
    bool is_fine = true;
    for (auto group : { targets(), attestation_targets(), image_targets(), volume_targets() })
        for (auto const& target : group)
            if (count < 5 || !strcmp(arguments[4], target.name))
                is_fine &= try_target(target, strtoull(arguments[2], nullptr, 10), strtoull(arguments[3], nullptr, 10));
    return is_fine ? 0 : 1;
}
