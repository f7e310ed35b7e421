// StateBatches: states of volumes that several enclaves tell at the same moment are kept together, so that what makes
// them durable happens once. While one thread keeps what has come so far, more of it comes; one of those who brought it
// does the next.
#pragma once

#include "owner/cas/volume_book.h"

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

namespace farl::owner {

class StateBatches {
public:
    // How much longer each volume is its enclave's, or why that is not so. May throw: then nothing is kept.
    using KeepAll = std::function<std::vector<KeptOrDenied>(std::span<ToldState const>)>;

    // `answering` is held meanwhile; it outlives this.
    StateBatches(std::mutex& answering, KeepAll keep_all) : answering_(answering), keep_all_(std::move(keep_all)) { }

    // Returns when the state is durable, or not kept. Any thread. Throws what KeepAll threw.
    KeptOrDenied keep(ToldState const& told);
    // Told, and in no batch yet.
    size_t waiting_count();

private:
    struct Waiting {
        ToldState told;
        std::optional<KeptOrDenied> answer {};
        std::exception_ptr error {};
        bool is_done { false };
        bool is_next { false }; // to keep all that wait
        std::condition_variable changed {};
    };
    void keep_waiting(std::unique_lock<std::mutex>& guard);
    void answer(std::span<Waiting* const> batch) const;

    std::mutex& answering_;
    KeepAll keep_all_;
    std::mutex lock_;
    std::vector<Waiting*> waiting_;
    bool is_keeping_ { false };
};

} // namespace farl::owner
