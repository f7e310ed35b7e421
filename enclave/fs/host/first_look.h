// FirstLook: what is asked next of a file that is opened, for the price of one way out: its status, and its first bytes
// where programs have read them right after they opened a file.
#pragma once

#include "base/vector.h"
#include "enclave/hostcall/staging.h"

#include <optional>
#include <sys/stat.h>

namespace farl {

class FirstLook {
public:
    // On the stack of who opens a file with these flags, as long as `staging`.
    static Result<FirstLook> prepare(Staging& staging, uint64_t flags);
    // For host_open.
    HostAddress follow_ups() const { return calls_; }

    // HOST: claims, as of any call. None: it was not asked.
    std::optional<struct stat> status() const;
    struct Bytes {
        Vector<std::byte> bytes;
        bool is_all { false }; // the file ends there
    };
    std::optional<Bytes> bytes() const;

    // Whether first bytes are worth asking for is learnt from these.
    static void note_first_read(size_t size);
    static void note_unread();

private:
    HostAddress calls_;
    HostAddress status_;
    HostAddress bytes_;
    size_t size_ { 0 };
};

} // namespace farl
