// SealWarning: when to say that a volume's key has made nearly all the seals that it may: at 90 %, and at each one
// more.
#pragma once

#include "abi/formats/volume.h"

namespace farl {

class SealWarning {
public:
    // The per cent that have to be told of now; 0: nothing new.
    uint64_t due(uint64_t seals)
    {
        auto const used = formats::per_cent_of_seals(seals);
        if (used < formats::kSealWarning || used <= told_)
            return 0;
        told_ = used;
        return used;
    }

private:
    uint64_t told_ { 0 };
};

} // namespace farl
