// Attachment: passes bytes between a person, or a pipe, and a program with a shielded console: what is typed is sealed,
// what comes back is opened. The descriptors are the caller's.
#pragma once

#include "owner/console/input_sealer.h"
#include "owner/console/line_splitter.h"
#include "owner/console/local_terminal.h"
#include "owner/console/log_reader.h"

#include <span>

struct pollfd;

namespace farl::owner {

class Attachment {
public:
    struct Descriptors {
        int typed;        // read: bytes for the program; -1 for none
        int to_program;   // written: sealed lines. Its flags are changed: it does not wait
        int from_program; // read: sealed lines
    };
    // With a terminal it asks for one for the program, and keeps the two alike.
    Attachment(Secret const& key, Descriptors descriptors, LogListener& listener, LocalTerminal* terminal)
        : key_(key),
          descriptors_(descriptors),
          terminal_(terminal),
          reader_(key, listener)
    {
    }

    // Until the program's side ends. Throws std::system_error.
    void run();

private:
    static constexpr size_t kMostWaiting = 64 << 10; // sealed, and not taken by the other side

    bool take_output();
    void take_typed();
    void send();
    void begin_input(formats::ConsoleId const& console);
    void wait(std::span<struct pollfd> waits);
    bool wants_typed() const { return sealer_ && descriptors_.typed >= 0 && waiting_.size() < kMostWaiting; }

    Secret const& key_;
    Descriptors descriptors_;
    LocalTerminal* terminal_; // may be null
    LogReader reader_;
    LineSplitter lines_;
    std::optional<InputSealer> sealer_; // once the console is known
    std::string waiting_;
};

} // namespace farl::owner
