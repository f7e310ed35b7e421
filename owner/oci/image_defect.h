// ImageDefect: what is wrong with an image that was read, in words that follow its name: "layer 2: usr/bin/x: ...".
// Everything in an image is hostile until it was checked; whoever reads one turns this into one line and a status.
#pragma once

#include <stdexcept>

namespace farl::owner {

class ImageDefect : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace farl::owner
