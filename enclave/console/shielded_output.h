// ShieldedOutput: standard output or error of a program whose console is shielded. Each write(2) becomes a line at
// once, or several; the host sees that something is written, when, and how much. Looks like a pipe to the program.
#pragma once

#include "enclave/console/line_writer.h"

namespace farl {

class ShieldedOutput final : public File {
public:
    static Result<Ref<ShieldedOutput>> create(ConsoleKey const& key, formats::ConsoleId const& console,
        formats::ConsoleChannel channel, Ref<LineWriter> lines);
    ~ShieldedOutput() override { end_watches(); }

    Result<size_t> write(Source const& source) override;
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<> set_status_flags(uint32_t flags) override;
    // open(2) of /dev/stdout: the stream has one place where its blocks are counted.
    Result<Ref<File>> reopen(uint32_t) override { return Ref<File>(*this); }
    int host_descriptor() const override { return lines_->file().host_descriptor(); } // to poll

    // An empty block, so that there is one. If the host does not take it, the program's own will tell.
    void begin() { (void)write_empty(); }
    // What is written from now on is a terminal's; an empty block says so.
    void become_terminal();
    uint64_t block_count() const { return count_.load(); }
    // Nothing is written after it. Waits for a slow host, but not for ever.
    void end(formats::ConsoleEnd const& end);

private:
    ShieldedOutput(formats::ConsoleHeader const& header, Owned<ConsoleCipher> cipher, Ref<LineWriter> lines)
        : File(lines->file().status_flags()),
          header_(header),
          cipher_(std::move(cipher)),
          lines_(std::move(lines))
    {
    }
    Result<size_t> take_data(Source const& source, size_t offset);
    Result<> write_empty();
    Result<> write_end(formats::ConsoleEnd const& end);
    Result<> write_block(formats::ConsoleKind kind, size_t size);

    formats::ConsoleHeader header_; // of the next block; under the writer's lock
    Owned<ConsoleCipher> cipher_;
    Ref<LineWriter> lines_;
    std::atomic<uint64_t> count_ { 0 }; // of data
    formats::ConsoleKind data_kind_ { formats::ConsoleKind::Data };
    bool has_ended_ { false };
};

} // namespace farl
