#include "owner/cas/state_batches.h"

namespace farl::owner {

KeptOrDenied StateBatches::keep(ToldState const& told)
{
    Waiting own { told };
    std::unique_lock guard(lock_);
    waiting_.push_back(&own);
    if (is_keeping_)
        own.changed.wait(guard, [&] { return own.is_done || own.is_next; });
    if (!own.is_done)
        keep_waiting(guard);
    if (own.error)
        std::rethrow_exception(own.error);
    return std::move(*own.answer);
}

size_t StateBatches::waiting_count()
{
    std::lock_guard guard(lock_);
    return waiting_.size();
}

// Who comes before it is this one's turn comes along.
void StateBatches::keep_waiting(std::unique_lock<std::mutex>& guard)
{
    is_keeping_ = true;
    guard.unlock();
    std::unique_lock turn(answering_);
    guard.lock();
    auto const batch = std::exchange(waiting_, {});
    guard.unlock();
    answer(batch);
    turn.unlock();
    guard.lock();
    for (auto* one : batch) {
        one->is_done = true;
        one->changed.notify_one(); // it goes on, and away, when the lock is free
    }
    is_keeping_ = !waiting_.empty();
    if (is_keeping_) {
        waiting_.front()->is_next = true;
        waiting_.front()->changed.notify_one();
    }
}

void StateBatches::answer(std::span<Waiting* const> batch) const
{
    try {
        std::vector<ToldState> told;
        for (auto const* one : batch)
            told.push_back(one->told);
        auto answers = keep_all_(told);
        for (size_t i = 0; i < batch.size(); ++i)
            batch[i]->answer = std::move(answers.at(i));
    } catch (...) {
        for (auto* one : batch)
            one->error = std::current_exception();
    }
}

} // namespace farl::owner
