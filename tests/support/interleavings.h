// Interleavings: runs a few small threads in every order of their steps. A step is a call of Interleavings::step()
// before each access to what they share; between two steps a thread is alone. Sequentially consistent, depth first, by
// replay: a body is run once for each order and builds its state anew.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ucontext.h>
#include <vector>

namespace farl {

class Interleavings {
public:
    // Calls `body` for each order, to add threads and a check for the end. Returns the number of orders.
    static uint64_t explore(std::function<void(Interleavings&)> const& body);

    void add(std::function<void()> thread);
    void at_end(std::function<void()> check) { check_ = std::move(check); }

    // Lets another thread go first. Outside of a thread it does nothing.
    static void step();
    // The same, and does not go on before the condition holds. It is a failure if no thread can go on.
    static void step(std::function<bool()> can_go_on);

private:
    struct Thread {
        std::function<void()> body;
        std::vector<char> stack = std::vector<char>(64 * 1024);
        ucontext_t context {};
        std::function<bool()> can_go_on;
        bool is_done { false };
    };

    static void start();
    void run(std::vector<size_t>& choices);
    void resume(Thread& thread);

    std::vector<std::unique_ptr<Thread>> threads_;
    std::function<void()> check_;
    ucontext_t scheduler_ {};
    Thread* running_ { nullptr };
};

} // namespace farl
