// CasRegister: the CAS keeps the states of this enclave's volumes. Any number of threads, one at a time.
#pragma once

#include "enclave/attest/cas_conversation.h"
#include "enclave/fs/volume/volume_tenure.h"

namespace farl {

class CasRegister final : public VolumeRegister {
public:
    explicit CasRegister(CasConversation& cas) : cas_(cas) { } // which outlives it

    Result<uint64_t> keep(
        std::string_view volume, VolumeState const& state, bool is_last, uint64_t deadline_ns) override;
    uint64_t now_ns() override { return scheduler().now_ns(); }

private:
    Mutex lock_;
    CasConversation& cas_;
};

} // namespace farl
