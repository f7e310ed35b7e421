#include "enclave/console/shielded_input.h"

namespace farl {

Result<> PipedInput::take(std::span<std::byte const> bytes)
{
    TRY(writer_->write(Source::of(bytes.data(), bytes.size())));
    return {};
}

void PipedInput::end(bool is_whole)
{
    has_failed_.store(!is_whole);
    writer_ = nullptr; // the end of the pipe
}

ShieldedInput::ShieldedInput(Ref<PipedInput> input, Ref<InputPump> pump, Ref<File> reader)
    : File(O_RDONLY),
      input_(std::move(input)),
      pump_(std::move(pump)),
      reader_(std::move(reader))
{
}

ShieldedInput::~ShieldedInput() { end_watches(); }

Result<Ref<ShieldedInput>> ShieldedInput::create(Owned<InputReader> reader)
{
    auto pipe = TRY(make_pipe(0));
    auto piped = TRY(make_ref<PipedInput>(std::move(pipe.writer)));
    auto pump = TRY(make_ref<InputPump>(std::move(reader), piped));
    auto* input = new (std::nothrow) ShieldedInput(std::move(piped), std::move(pump), std::move(pipe.reader));
    if (!input)
        return Errno::Enomem;
    return adopt_ref(*input);
}

Result<> ShieldedInput::start()
{
    if (is_started_.load(std::memory_order_relaxed) || is_started_.exchange(true))
        return {};
    return pump_->start();
}

Result<size_t> ShieldedInput::read(Sink const& sink)
{
    TRY(start());
    auto count = reader_->read(sink);
    bool is_end = count.is_ok() && count.value() == 0 && sink.size() != 0;
    if (is_end && input_->has_failed())
        return Errno::Eio;
    return count;
}

Result<size_t> ShieldedInput::peek(Sink const& sink)
{
    TRY(start());
    return reader_->peek(sink);
}

Result<uint64_t> ShieldedInput::control(uint64_t request, uint64_t argument)
{
    TRY(start());
    return reader_->control(request, argument);
}

Result<> ShieldedInput::set_status_flags(uint32_t flags)
{
    TRY(reader_->set_status_flags(flags));
    return File::set_status_flags(flags);
}

uint32_t ShieldedInput::ready_events()
{
    (void)start(); // without memory for it, nothing ever comes
    return reader_->ready_events();
}

} // namespace farl
