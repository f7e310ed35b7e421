#include "enclave/attest/cas_conversation.h"

#include "abi/formats/admission.h"

namespace farl {

Result<SecretBytes> CasConversation::ask(std::span<std::byte const> block, uint64_t deadline_ns)
{
    LockGuard guard(lock_);
    if (!client_->is_connected()) {
        auto socket = TRY(connect_to_cas(place_, deadline_ns));
        TRY(client_->connect({ std::move(socket), deadline_ns, nullptr }));
    }
    auto answer = TRY(client_->ask(block, deadline_ns));
    if (ends_after_answers_ || formats::is_denial(answer.bytes()))
        client_->disconnect();
    return answer;
}

void CasConversation::disconnect()
{
    LockGuard guard(lock_);
    client_->disconnect();
}

void CasConversation::end_after_answers()
{
    LockGuard guard(lock_);
    ends_after_answers_ = true;
    client_->disconnect();
}

} // namespace farl
