// OutsideBlocks: blocks of files for which there is no room in the enclave. They lie in memory of the host, encrypted
// under a key that nobody else ever has (AES-256-GCM). Each is sealed with a nonce of its own, and nonce and tag stay
// inside: what comes back is what was put there last, or EIO.
#pragma once

#include "base/owned.h"
#include "base/vector.h"
#include "enclave/boundary/host_memory.h"
#include "enclave/crypto/aes_gcm.h"
#include "enclave/sched/wait_queue.h"

#include <atomic>

namespace farl {

class OutsideBlocks {
public:
    static constexpr size_t kBlockSize = 4096;

    // What is remembered inside of a block outside.
    struct Block {
        HostAddress place;
        uint64_t nonce { 0 };
        AesGcm::Tag tag {};
    };

    explicit OutsideBlocks(AesGcm::Key const& key) : cipher_(key) { }

    // ENOMEM: there is no room outside either.
    Result<Owned<Block>> put(std::span<std::byte const, kBlockSize> bytes);
    // EIO, after one line on the log, if the host has changed it.
    Result<> get(Block const& block, std::span<std::byte, kBlockSize> bytes) const;
    void drop(Owned<Block> block);

private:
    static constexpr size_t kPieceSize = 1024 * 1024; // of the host's memory, at a time

    Result<HostAddress> free_place();
    static AesGcm::Nonce nonce_of(uint64_t number);

    AesGcm cipher_;
    std::atomic<uint64_t> next_nonce_ { 0 };
    Mutex lock_;
    Vector<HostAddress> free_; // has room for all places there are
    size_t place_count_ { 0 };
};

// How much of files stays inside, and where the rest goes.
struct EphemeralStorage {
    uint64_t most_blocks_inside { UINT64_MAX };
    std::atomic<uint64_t> blocks_inside { 0 };
    OutsideBlocks* outside { nullptr };

    bool is_full() const { return outside && blocks_inside.load(std::memory_order_relaxed) > most_blocks_inside; }
};
EphemeralStorage& ephemeral_storage();
// Once, at start. ENOMEM.
Result<> limit_ephemeral_storage(uint64_t bytes_inside);

} // namespace farl
