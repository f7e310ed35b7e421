// LineWriter: seals blocks of a console's outputs and writes them, each as a whole line, to a file of the host. Several
// outputs share one where they are one file of the host, so that no line gets into another. The caller holds lock().
#pragma once

#include "enclave/console/console_cipher.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file.h"

namespace farl {

class LineWriter : public RefCounted<LineWriter> {
public:
    explicit LineWriter(Ref<File> to) : to_(std::move(to)) { }

    Mutex& lock() { return lock_; }
    File& file() const { return *to_; }
    // What the next block holds, to be filled in.
    std::span<std::byte> data() { return std::span(block_).subspan(sizeof(formats::ConsoleHeader)); }

    // Whether the host says that a short line would not wait.
    bool is_writable() const;

    // What is left of lines that the host did not take whole. An error if it still does not.
    Result<> flush();
    // The first `size` bytes of data(). If the host does not take the line now, it goes first next time.
    Result<> write(ConsoleCipher const& cipher, formats::ConsoleHeader const& header, size_t size);

private:
    Mutex lock_;
    Ref<File> to_;
    std::byte block_[formats::kLargestConsoleBlock];
    char line_[formats::kLargestConsoleLine + 1];
    size_t begin_ { 0 }, end_ { 0 }; // of what is not written yet
};

} // namespace farl
