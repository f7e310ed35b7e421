// Terminal: the terminal of a program with a shielded console: keys come from the console's input, what it shows goes
// to its output, sealed. The host has no part in it. Lock order: a file's writing_, then lock_, then a ReadySource.
#pragma once

#include "enclave/console/input_pump.h"
#include "enclave/console/line_discipline.h"
#include "enclave/console/shielded_output.h"

namespace farl {

// What a terminal has to do with the process that it belongs to.
class TerminalProcess {
public:
    virtual void send_signal(int signal) = 0;
    virtual Result<int> group() = 0;
    virtual Result<int> session() = 0;
    virtual struct stat device_status() = 0;

protected:
    ~TerminalProcess() = default;
};

class Terminal;

// open(2) of a terminal.
class TerminalFile final : public File {
public:
    TerminalFile(Ref<Terminal> terminal, uint32_t flags);
    ~TerminalFile() override;

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<Ref<File>> reopen(uint32_t flags) override;
    uint32_t ready_events() override;
    ReadySource* ready_source() override { return &readiness_; }
    bool can_signal() const override { return true; }

    ReadySource& readiness() { return readiness_; }
    ListLink terminal_link;

private:
    Ref<Terminal> terminal_;
};

class Terminal final : public InputReceiver {
public:
    Terminal(Ref<ShieldedOutput> screen, formats::ConsoleWindow const& window, TerminalProcess& process)
        : screen_(std::move(screen)),
          process_(process),
          window_(window)
    {
    }

    // Of the input pump.
    Result<> take(std::span<std::byte const> keys) override;
    void take_window(formats::ConsoleWindow const& window) override { set_window(window); }
    void end(bool is_whole) override;

    // An open file of it.
    Result<Ref<File>> open(uint32_t flags);
    // What is not shown yet, as far as the host takes it now: before the process ends.
    void finish();

private:
    friend class TerminalFile;

    // read(2), for who waits so long at most: VMIN and VTIME of termios(3).
    struct Patience {
        size_t least { 1 };           // characters
        uint64_t between_ns { 0 };    // after each one, 0: any time
        uint64_t deadline { kNever }; // of the next one
        bool waits { true };
    };
    Result<size_t> read(Sink const& sink, bool waits);
    Result<size_t> write(Source const& source, bool waits);
    Result<uint64_t> control(uint64_t request, uint64_t argument);
    uint32_t ready_events();

    Patience patience(bool waits);
    Result<> wait_for_input(Patience const& patience);
    Result<size_t> read_piece(Sink const& sink, size_t offset, Patience& patience, bool& is_enough);
    Result<size_t> write_piece(std::span<std::byte const> piece, bool waits);
    Result<> wait_until_started(bool waits);
    Result<> show(bool waits);
    size_t next_to_show();
    int take_some(std::span<std::byte const>& keys);
    bool has_input(size_t least) const { return discipline_.has_input(least) || has_ended_; }

    // ioctl_tty(2): terminal_control.cpp
    void set_settings(TerminalSettings const& settings, bool flushes);
    void set_window(formats::ConsoleWindow const& window);
    void flush(bool input, bool output);
    void stop_or_start(bool stops);
    Result<uint64_t> control_settings(uint64_t request, uint64_t argument);
    Result<uint64_t> control_process(uint64_t request, uint64_t argument);
    Result<uint64_t> control_flow(uint64_t request, uint64_t argument);
    void changed(); // under lock_: whoever waits looks again

    Ref<ShieldedOutput> screen_;
    TerminalProcess& process_;

    Mutex writing_; // the order in which things are shown, and:
    std::byte going_[LineDiscipline::kQueueSize];
    size_t going_begin_ { 0 }, going_end_ { 0 };

    Spinlock lock_; // all below
    LineDiscipline discipline_;
    formats::ConsoleWindow window_;
    bool has_ended_ { false }, is_whole_ { true };
    WaitQueue readers_, writers_, keyboard_;
    IntrusiveList<TerminalFile, &TerminalFile::terminal_link> files_;
};

} // namespace farl
