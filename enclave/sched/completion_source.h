// CompletionSource: where fibers wait whose host calls are answered while others run. hostcall/ implements it; the
// scheduler looks there whenever it looks for work.
#pragma once

#include <cstdint>

namespace farl {

class CompletionSource {
public:
    // Unparks the fibers whose calls have been answered since. True if there were any.
    virtual bool collect() = 0;
    virtual bool has_outstanding() const = 0;
    // How many answers have been taken, for the launcher to compare with what it gave.
    virtual uint64_t taken() const = 0;

protected:
    ~CompletionSource() = default;
};

} // namespace farl
