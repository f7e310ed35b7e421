#include "tests/support/interleavings.h"

#include <gtest/gtest.h>

namespace farl {

namespace {
Interleavings* current = nullptr;
}

uint64_t Interleavings::explore(std::function<void(Interleavings&)> const& body)
{
    std::vector<size_t> choices; // by index among the threads that can go on
    for (uint64_t runs = 1;; ++runs) {
        Interleavings schedule;
        body(schedule);
        schedule.run(choices);
        // The next order: the last choice that has an alternative takes it. run() left those marked by their count.
        while (!choices.empty() && choices.back() == 0)
            choices.pop_back();
        if (choices.empty())
            return runs;
        --choices.back();
    }
}

void Interleavings::add(std::function<void()> thread)
{
    threads_.push_back(std::make_unique<Thread>());
    threads_.back()->body = std::move(thread);
}

void Interleavings::step()
{
    if (current && current->running_)
        swapcontext(&current->running_->context, &current->scheduler_);
}

void Interleavings::step(std::function<bool()> can_go_on)
{
    if (!current || !current->running_)
        return;
    current->running_->can_go_on = std::move(can_go_on);
    step();
    current->running_->can_go_on = nullptr;
}

void Interleavings::start()
{
    auto& thread = *current->running_;
    thread.body();
    thread.is_done = true;
}

void Interleavings::resume(Thread& thread)
{
    running_ = &thread;
    swapcontext(&scheduler_, &thread.context);
    running_ = nullptr;
}

// A choice counts down, from the number of threads that could go on less one: 0 has no alternative left.
void Interleavings::run(std::vector<size_t>& choices)
{
    current = this;
    for (auto& thread : threads_) {
        getcontext(&thread->context);
        thread->context.uc_stack.ss_sp = thread->stack.data();
        thread->context.uc_stack.ss_size = thread->stack.size();
        thread->context.uc_link = &scheduler_;
        makecontext(&thread->context, &Interleavings::start, 0);
    }
    for (size_t depth = 0;; ++depth) {
        std::vector<Thread*> ready;
        bool is_done = true;
        for (auto& thread : threads_) {
            if (!thread->is_done && (!thread->can_go_on || thread->can_go_on()))
                ready.push_back(thread.get());
            is_done = is_done && thread->is_done;
        }
        if (ready.empty()) {
            EXPECT_TRUE(is_done) << "the threads wait for each other";
            break;
        }
        if (depth == choices.size())
            choices.push_back(ready.size() - 1);
        resume(*ready[choices[depth]]);
    }
    current = nullptr;
    check_();
}

} // namespace farl
