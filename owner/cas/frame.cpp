#include "owner/cas/frame.h"

namespace farl::owner {

namespace {

constexpr size_t kSizeSize = 4;

} // namespace

void send_frame(TlsStream& stream, std::string_view contents)
{
    if (contents.size() > kLargestFrame)
        throw TlsFailure("the message is too large");
    Secret frame { kSizeSize };
    for (size_t i = 0; i < kSizeSize; ++i)
        frame.writable()[i] = static_cast<unsigned char>(contents.size() >> (8 * (kSizeSize - 1 - i)));
    frame.append(contents);
    stream.write(frame.reveal());
}

std::optional<Secret> receive_frame(TlsStream& stream, size_t largest)
{
    std::array<unsigned char, kSizeSize> prefix;
    if (!stream.read(prefix))
        return {};
    size_t size = 0;
    for (auto byte : prefix)
        size = size << 8 | byte;
    if (size > largest)
        throw TlsFailure("the message is too large");
    Secret contents { size };
    if (!stream.read(contents.writable()))
        throw TlsFailure("the message was cut off");
    return contents;
}

} // namespace farl::owner
