#include "enclave/attest/tls_stream.h"

namespace farl {

// Whether there was anything.
Result<bool> TlsStream::send_outgoing()
{
    std::byte piece[2048]; // on a fiber's stack
    bool is_any = false;
    for (size_t size; (size = client_->take_outgoing(piece)) != 0; is_any = true)
        TRY(stream_.send({ piece, size }));
    return is_any;
}

Result<> TlsStream::receive_incoming()
{
    std::byte piece[2048];
    auto count = TRY(stream_.receive(piece));
    if (count == 0)
        return Errno::Econnreset;
    // The client asks for more only when it has used up what it had, so there is room.
    if (client_->put_incoming({ piece, count }) != count)
        return Errno::Eproto;
    return {};
}

template <typename Step>
auto TlsStream::complete(Step const& step) -> decltype(step())
{
    for (;;) {
        auto result = step();
        if (result.is_error() && result.error() != Errno::Eagain) {
            (void)send_outgoing(); // an alert; what is wrong counts more than whether that arrives
            return result;
        }
        bool has_sent = TRY(send_outgoing());
        if (result.is_ok())
            return result;
        if (!has_sent)
            TRY(receive_incoming());
    }
}

Result<> TlsStream::shake_hands()
{
    return complete([&] { return client_->shake_hands(); });
}

Result<> TlsStream::read(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        auto count = TRY(complete([&] { return client_->read(bytes); }));
        if (count == 0)
            return Errno::Econnreset;
        bytes = bytes.subspan(count);
    }
    return {};
}

Result<> TlsStream::write(std::span<std::byte const> bytes)
{
    while (!bytes.empty())
        bytes = bytes.subspan(TRY(complete([&] { return client_->write(bytes); })));
    return {};
}

Result<> TlsStream::end()
{
    client_->end();
    (void)TRY(send_outgoing());
    return {};
}

} // namespace farl
