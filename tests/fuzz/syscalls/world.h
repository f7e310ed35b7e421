// World: what a sequence of calls works on, the same at the start of each: a working directory with known files, the
// descriptors 0 to 24 with one object of every kind, memory at fixed addresses. Only one exists, in one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace farl::fuzz {

inline constexpr int kLogDescriptor = 900;
inline constexpr int kPreparedDescriptors = 25;
inline constexpr int kMostDescriptors = 48; // whatever a sequence opens or names stays below

inline constexpr uint64_t kPage = 4096;
inline constexpr uint64_t kBuffer = 0x10'0000'0000; // then a page without access, then one that is read-only
inline constexpr uint64_t kBufferSize = 4 * kPage;
inline constexpr uint64_t kReadOnly = kBuffer + kBufferSize + kPage;
inline constexpr uint64_t kInputs = kReadOnly + kPage; // structures given to calls
inline constexpr uint64_t kInputsSize = 2 * kPage;
inline constexpr uint64_t kMappings = 0x20'0000'0000; // mmap and its relatives play here
inline constexpr uint64_t kMappingsSize = 16 * kPage;

class World {
public:
    // In the current directory, which is emptied.
    void create();
    // Before each call: known bytes wherever it may write.
    void fill_memory();
    void keep_memory();
    // What the call wrote since keep_memory(), as a number; 0 if nothing.
    uint64_t written_bytes() const;
    // The state at the end of a sequence, one line a fact.
    std::string describe() const;

private:
    std::byte before_[kBufferSize + kInputsSize];
};

uint64_t hash_bytes(void const* bytes, size_t size);
// Signals that arrived since the last question, by number; each bit one signal.
uint64_t take_signals();

} // namespace farl::fuzz
