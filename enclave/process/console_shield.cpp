#include "enclave/process/console_shield.h"

#include "enclave/console/shielded_input.h"
#include "enclave/crypto/random.h"
#include "enclave/process/console_terminal.h"
#include "enclave/process/signal_delivery.h"

#include <unistd.h>

namespace farl {

namespace {

// For the end. What is there stays until then, whatever the program closes: its numbers of blocks are told last.
struct Outputs {
    ShieldedOutput* output { nullptr };
    ShieldedOutput* error { nullptr };
    Terminal* terminal { nullptr }; // shows what it shows in the output
};
constinit Outputs outputs;

uint64_t count_of(ShieldedOutput const* output) { return output ? output->block_count() : 0; }

// One end is enough to tell that all of the other stream is missing, so only a stream that was used has its own.
void end_console()
{
    if (outputs.terminal)
        outputs.terminal->finish();
    formats::ConsoleEnd end { count_of(outputs.output), count_of(outputs.error) };
    if (outputs.output)
        outputs.output->end(end);
    if (outputs.error && (end.error_blocks || !outputs.output))
        outputs.error->end(end);
}

Result<bool> is_same_file(File& left, File& right)
{
    auto one = TRY(left.status());
    auto other = TRY(right.status());
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// A signal before there is a program does what it does by default.
std::optional<formats::ConsoleWindow> wanted_window(InputReader& input)
{
    for (;;) {
        auto block = input.peek();
        if (block.is_error() && block.error() == Errno::Eintr) {
            (void)deliver_signals(Thread::current(), Restart::Never);
            continue;
        }
        if (block.is_error() || block.value().kind != formats::ConsoleKind::Window)
            return std::nullopt;
        formats::ConsoleWindow window;
        memcpy(&window, block.value().data.data(), sizeof(window)); // its size was checked with its form
        return window;
    }
}

// What becomes of the three streams. Of each one that is not open there is nothing.
struct Shield {
    Process& process;
    ConsoleKey const& key;
    formats::ConsoleId console {};
    Owned<InputReader> input {};
    Ref<ShieldedOutput> output {}, error {};
    Ref<LineWriter> output_lines {};

    Result<> take_streams();
    Result<Ref<ShieldedOutput>> take_output(int number, formats::ConsoleChannel channel);
    Result<Ref<LineWriter>> lines_to(Ref<File> file);
    Result<> put(int number, Ref<File> file);
    Result<> put_streams();
    Result<> put_terminal(formats::ConsoleWindow const& window);
};

Result<Ref<LineWriter>> Shield::lines_to(Ref<File> file)
{
    if (output_lines && TRY(is_same_file(output_lines->file(), *file)))
        return output_lines;
    return make_ref<LineWriter>(std::move(file));
}

Result<Ref<ShieldedOutput>> Shield::take_output(int number, formats::ConsoleChannel channel)
{
    auto plain = process.descriptors.remove(number);
    if (plain.is_error())
        return Ref<ShieldedOutput>();
    output_lines = TRY(lines_to(plain.release_value()));
    return ShieldedOutput::create(key, console, channel, output_lines);
}

Result<> Shield::take_streams()
{
    fill_random(console.data(), console.size());
    if (auto plain = process.descriptors.remove(STDIN_FILENO); plain.is_ok())
        input = TRY(make_owned<InputReader>(key, console, plain.release_value()));
    output = TRY(take_output(STDOUT_FILENO, formats::ConsoleChannel::Output));
    error = TRY(take_output(STDERR_FILENO, formats::ConsoleChannel::Error));
    return {};
}

Result<> Shield::put(int number, Ref<File> file)
{
    (void)TRY(process.descriptors.replace(number, std::move(file), false));
    return {};
}

Result<> Shield::put_streams()
{
    if (input)
        TRY(put(STDIN_FILENO, TRY(ShieldedInput::create(std::move(input)))));
    if (output)
        TRY(put(STDOUT_FILENO, output));
    if (error)
        TRY(put(STDERR_FILENO, error));
    outputs.error = error.leak();
    return {};
}

// As everywhere, one terminal is all three streams. The error output has no blocks of its own then.
Result<> Shield::put_terminal(formats::ConsoleWindow const& window)
{
    output->become_terminal();
    auto terminal = TRY(make_console_terminal(output, window));
    TRY(TRY(make_ref<InputPump>(std::move(input), terminal))->start());
    auto file = TRY(terminal->open(O_RDWR));
    for (int number : { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO })
        if (number != STDERR_FILENO || error)
            TRY(put(number, file));
    outputs.terminal = terminal.leak();
    return {};
}

} // namespace

Result<> shield_console(Process& process, ConsoleKey const& key, bool is_attended)
{
    Shield shield { process, key };
    TRY(shield.take_streams());
    process.at_exit(end_console);
    if (auto const& first = shield.output ? shield.output : shield.error)
        first->begin(); // tells whoever wants to seal input for it which console this is
    outputs.output = Ref(shield.output).leak();
    bool may_have_terminal = is_attended && shield.input && shield.output;
    auto window = may_have_terminal ? wanted_window(*shield.input) : std::nullopt;
    return window ? shield.put_terminal(*window) : shield.put_streams();
}

} // namespace farl
