// CasRegister: the CAS keeps the states of this enclave's volumes. Over one connection, which is made again when it
// breaks; any number of threads, one at a time.
#pragma once

#include "enclave/attest/cas_client.h"
#include "enclave/attest/cas_socket.h"
#include "enclave/fs/volume/volume_tenure.h"
#include "enclave/sched/wait_queue.h"

namespace farl {

class CasRegister final : public VolumeRegister {
public:
    // `place` is for when the connection breaks.
    CasRegister(Owned<CasClient> client, CasPlace const& place) : client_(std::move(client)), place_(place) { }

    Result<uint64_t> keep(
        std::string_view volume, VolumeState const& state, bool is_last, uint64_t deadline_ns) override;
    uint64_t now_ns() override { return scheduler().now_ns(); }
    void disconnect();

private:
    Result<uint64_t> ask(std::span<std::byte const> block, uint64_t deadline_ns);
    Result<> connect_again(uint64_t deadline_ns);

    Mutex lock_;
    Owned<CasClient> client_;
    CasPlace place_;
};

} // namespace farl
