// Copies that may touch application memory. A page fault inside them ends the copy with a nonzero return instead of
// reaching the application: the exception handler recognises their code range (copy.S).
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Nonzero if a fault ended the copy. Destination and source are plain addresses.
uint64_t farl_copy_bytes(uint64_t to, uint64_t from, size_t size);
uint64_t farl_copy_words(uint64_t to, uint64_t from, size_t words);
uint64_t farl_zero_bytes(uint64_t to, size_t size);
// The length of a string up to `limit`, or -1 on a fault.
int64_t farl_string_length(uint64_t from, size_t limit);

// 32-bit futex words: the value in *value; nonzero on a fault.
uint64_t farl_load_u32(uint64_t from, uint32_t* value);
// Compare and exchange: *expected receives what was there.
uint64_t farl_exchange_u32(uint64_t at, uint32_t* expected, uint32_t desired);

// The code range and where it continues after a fault.
extern char farl_copy_begin[], farl_copy_end[], farl_copy_fault[];
}
