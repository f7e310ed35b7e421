#include "owner/console/attachment.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr size_t kPiece = 16 << 10;

// None: try again later.
std::optional<size_t> count_of(ssize_t count, char const* what)
{
    if (count >= 0)
        return static_cast<size_t>(count);
    if (errno == EINTR || errno == EAGAIN)
        return {};
    throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

// False at the end.
bool Attachment::take_output()
{
    char buffer[kPiece];
    auto count = count_of(read(descriptors_.from_program, buffer, sizeof(buffer)), "the program's output");
    auto take = [&](std::string_view line) { reader_.take(line); };
    if (count)
        lines_.feed({ buffer, *count }, take);
    if (!sealer_ && reader_.console())
        begin_input(*reader_.console());
    return count != 0;
}

void Attachment::begin_input(formats::ConsoleId const& console)
{
    sealer_.emplace(key_, console);
    if (terminal_)
        waiting_ += sealer_->window(terminal_->window());
}

void Attachment::wait(std::span<pollfd> waits)
{
    auto const* mask = terminal_ ? &terminal_->mask_while_waiting() : nullptr;
    auto count = ppoll(waits.data(), waits.size(), nullptr, mask);
    if (!count_of(count, "ppoll"))
        for (auto& each : waits)
            each.revents = 0; // interrupted
    if (terminal_ && terminal_->was_resized() && sealer_)
        waiting_ += sealer_->window(terminal_->window());
}

void Attachment::take_typed()
{
    Secret buffer { kPiece }; // may be a password
    auto count = count_of(read(descriptors_.typed, buffer.writable().data(), buffer.size()), "the input");
    if (!count)
        return;
    if (*count)
        waiting_ += sealer_->data(buffer.reveal().substr(0, *count));
    else
        waiting_ += sealer_->end();
    if (*count == 0)
        descriptors_.typed = -1;
}

// A program that takes no more input is no error: its output goes on.
void Attachment::send()
{
    auto count = write(descriptors_.to_program, waiting_.data(), waiting_.size());
    if (count < 0 && errno == EPIPE) {
        descriptors_.typed = -1;
        waiting_.clear();
        return;
    }
    waiting_.erase(0, count_of(count, "the program's input").value_or(0));
}

void Attachment::run()
{
    fcntl(descriptors_.to_program, F_SETFL, fcntl(descriptors_.to_program, F_GETFL) | O_NONBLOCK);
    for (bool goes_on = true; goes_on;) {
        pollfd waits[] = { { descriptors_.from_program, POLLIN, 0 },
            { wants_typed() ? descriptors_.typed : -1, POLLIN, 0 },
            { waiting_.empty() ? -1 : descriptors_.to_program, POLLOUT, 0 } };
        wait(waits);
        if (waits[0].revents)
            goes_on = take_output();
        if (waits[1].revents)
            take_typed();
        if (waits[2].revents)
            send();
    }
    lines_.finish([&](std::string_view line) { reader_.take(line); });
    reader_.finish();
}

} // namespace farl::owner
