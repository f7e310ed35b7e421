// The readers of untrusted bytes, each with a good input to start from. A target may accept or refuse what it is given;
// it must not read or write beyond it, which a sanitizer sees, nor take for ever.
#pragma once

#include "tests/fuzz/parsers/mutator.h"

namespace farl::fuzz {

struct Target {
    char const* name;
    Bytes (*sample)();
    bool (*read)(Bytes const& input); // whether it was accepted
    bool may_lack_sample { false };   // it is a file that not everybody has
};

std::span<Target const> targets();
std::span<Target const> attestation_targets();
std::span<Target const> image_targets();
std::span<Target const> volume_targets();

// For samples that are files of this build.
void set_program_folder(char const* folder);

} // namespace farl::fuzz
