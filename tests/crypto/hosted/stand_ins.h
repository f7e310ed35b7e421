// What the runtime's layers above enclave/crypto/ supply, for ordinary programs that link the enclave's own objects.
#pragma once

namespace farl::crypto_test {

// First of all: the objects of BoringSSL read the stack protector's word through GS, which ordinary programs do not
// use.
void prepare_stack_protector();
// Whether AesGcm may use vector registers of 64 bytes, where the processor has what it needs then.
void allow_wide_gcm(bool is_allowed);

} // namespace farl::crypto_test
