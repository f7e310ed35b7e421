// What BoringSSL calls of a C library, besides strings.S and the heap (memory/crypto_memory.cpp).
#include "base/result.h"

extern "C" {

[[noreturn]] void abort() { farl::panic("abort", 0, "BoringSSL found itself in an impossible state"); }

// It notes errno beside some errors. There are no system calls behind it, so there is nothing to note.
int* __errno_location()
{
    static int nothing;
    nothing = 0;
    return &nothing;
}

} // extern "C"
