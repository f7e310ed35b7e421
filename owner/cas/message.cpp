#include "owner/cas/message.h"

#include "owner/keys/secret.h"

namespace farl::owner {

using Json = nlohmann::ordered_json;

namespace {

constexpr size_t kSizeSize = 4;

} // namespace

void send_message(TlsStream& stream, Json const& message)
{
    auto text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > kLargestMessage)
        throw TlsFailure("the message is too large");
    Secret frame;
    for (size_t i = 0; i < kSizeSize; ++i) {
        char byte = static_cast<char>(text.size() >> (8 * (kSizeSize - 1 - i)));
        frame.append({ &byte, 1 });
    }
    frame.append(text);
    OPENSSL_cleanse(text.data(), text.size());
    stream.write(frame.reveal());
}

std::optional<Json> receive_message(TlsStream& stream)
{
    std::array<unsigned char, kSizeSize> prefix;
    if (!stream.read(prefix))
        return {};
    size_t size = 0;
    for (auto byte : prefix)
        size = size << 8 | byte;
    if (size > kLargestMessage)
        throw TlsFailure("the message is too large");
    Secret text { size };
    if (!stream.read(text.writable()))
        throw TlsFailure("the message was cut off");
    auto json = Json::parse(text.reveal(), nullptr, false);
    if (!json.is_object())
        throw TlsFailure("the message is no JSON object");
    return json;
}

} // namespace farl::owner
