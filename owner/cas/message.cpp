#include "owner/cas/message.h"

#include <openssl/crypto.h>

namespace farl::owner {

using Json = nlohmann::ordered_json;

void send_message(TlsStream& stream, Json const& message)
{
    auto text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
    Secret contents(text);
    OPENSSL_cleanse(text.data(), text.size());
    send_frame(stream, contents.reveal());
}

std::optional<Json> receive_message(TlsStream& stream)
{
    auto text = receive_frame(stream);
    if (!text)
        return {};
    auto json = Json::parse(text->reveal(), nullptr, false);
    if (!json.is_object())
        throw TlsFailure("the message is no JSON object");
    return json;
}

} // namespace farl::owner
