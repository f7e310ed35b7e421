#include "enclave/process/console_shield.h"

#include "enclave/console/shielded_input.h"
#include "enclave/console/shielded_output.h"
#include "enclave/crypto/random.h"

#include <unistd.h>

namespace farl {

namespace {

// For the end. What is there stays until then, whatever the program closes: its numbers of blocks are told last.
struct Outputs {
    ShieldedOutput* output { nullptr };
    ShieldedOutput* error { nullptr };
};
constinit Outputs outputs;

uint64_t count_of(ShieldedOutput const* output) { return output ? output->block_count() : 0; }

// One end is enough to tell that all of the other stream is missing, so only a stream that was used has its own.
void end_console()
{
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

struct Shield {
    Process& process;
    ConsoleKey const& key;
    formats::ConsoleId console;
    Ref<LineWriter> lines {}; // of the output

    Result<> shield_input();
    Result<> shield_output(int number, formats::ConsoleChannel channel, ShieldedOutput*& kept);
    Result<Ref<LineWriter>> lines_to(Ref<File> file);
};

Result<> Shield::shield_input()
{
    auto plain = process.descriptors.remove(STDIN_FILENO);
    if (plain.is_error()) // not open
        return {};
    auto input = TRY(ShieldedInput::create(key, console, plain.release_value()));
    (void)TRY(process.descriptors.replace(STDIN_FILENO, std::move(input), false));
    return {};
}

Result<Ref<LineWriter>> Shield::lines_to(Ref<File> file)
{
    if (lines && TRY(is_same_file(lines->file(), *file)))
        return lines;
    return make_ref<LineWriter>(std::move(file));
}

Result<> Shield::shield_output(int number, formats::ConsoleChannel channel, ShieldedOutput*& kept)
{
    auto plain = process.descriptors.remove(number);
    if (plain.is_error())
        return {};
    lines = TRY(lines_to(plain.release_value()));
    auto output = TRY(ShieldedOutput::create(key, console, channel, lines));
    kept = Ref(output).leak();
    (void)TRY(process.descriptors.replace(number, std::move(output), false));
    return {};
}

} // namespace

Result<> shield_console(Process& process, ConsoleKey const& key)
{
    Shield shield { process, key, {} };
    fill_random(shield.console.data(), shield.console.size());
    TRY(shield.shield_input());
    TRY(shield.shield_output(STDOUT_FILENO, formats::ConsoleChannel::Output, outputs.output));
    TRY(shield.shield_output(STDERR_FILENO, formats::ConsoleChannel::Error, outputs.error));
    process.at_exit(end_console);
    if (auto* first = outputs.output ? outputs.output : outputs.error)
        first->begin(); // tells whoever wants to seal input for it which console this is
    return {};
}

} // namespace farl
