#include "owner/cas/enclave_connection.h"

#include "abi/formats/admission.h"
#include "owner/cas/frame.h"

namespace farl::owner {

using std::chrono::steady_clock;

void serve_enclave(TlsContext const& context, EnclaveService const& service, FileDescriptor socket,
    std::string const& peer, EnclaveTimes const& times)
{
    TlsStream stream(context, std::move(socket), steady_clock::now() + times.handshake);
    stream.set_deadline(steady_clock::now() + times.request);
    while (auto request = receive_frame(stream, formats::kRequest.largest)) {
        auto answer = service.answer(stream.certificate(), std::as_bytes(request->readable()), peer);
        send_frame(stream, answer.block.reveal());
        if (answer.is_last)
            break;
        stream.set_deadline(steady_clock::now() + answer.lease + times.request);
    }
    stream.end();
}

} // namespace farl::owner
