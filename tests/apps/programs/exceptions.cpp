// C++ exceptions through many frames and between threads, and thread_local objects with constructors and destructors.
#include <cstdio>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

std::mutex output;
int destroyed = 0;

struct Tracked {
    explicit Tracked(int first) : value(first) { }

    ~Tracked()
    {
        std::lock_guard lock(output);
        destroyed++;
    }

    int value;
};

thread_local Tracked tracked(100);

int descend(int depth)
{
    auto guard = std::make_unique<Tracked>(depth);
    if (depth == 0)
        throw std::runtime_error("from the bottom");
    return descend(depth - 1) + guard->value;
}

void throw_through_frames()
{
    for (int round = 0; round < 100; round++) {
        try {
            descend(100);
        } catch (const std::runtime_error& error) {
            if (round == 99)
                std::printf("caught: %s, %d destroyed\n", error.what(), destroyed);
        }
    }
}

void rethrow_and_nest()
{
    try {
        try {
            throw std::out_of_range("inner");
        } catch (...) {
            std::throw_with_nested(std::logic_error("outer"));
        }
    } catch (const std::exception& error) {
        try {
            std::rethrow_if_nested(error);
        } catch (const std::exception& inner) {
            std::printf("nested: %s in %s\n", inner.what(), error.what());
        }
    }
}

void throw_between_threads()
{
    auto failing = std::async(std::launch::async, []() -> int { throw std::string("a string"); });
    try {
        failing.get();
    } catch (const std::string& text) {
        std::printf("from a thread: %s\n", text.c_str());
    }
}

void use_thread_locals()
{
    destroyed = 0;
    std::vector<std::thread> threads;
    std::vector<int> values(20);
    for (int i = 0; i < 20; i++) {
        threads.emplace_back([i, &values] {
            tracked.value += i;
            try {
                throw i;
            } catch (int thrown) {
                values[i] = tracked.value + thrown;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    int sum = 0;
    for (int value : values)
        sum += value;
    std::printf("thread-local: sum %d, %d destroyed\n", sum, destroyed);
}

void overflow_an_allocation()
{
    try {
        std::vector<char> impossible(size_t { 1 } << 62);
    } catch (const std::bad_alloc&) {
        std::puts("bad_alloc");
    } catch (const std::length_error&) {
        std::puts("length_error");
    }
}

} // namespace

int main(int argc, char**)
{
    throw_through_frames();
    rethrow_and_nest();
    throw_between_threads();
    use_thread_locals();
    overflow_an_allocation();
    std::fflush(stdout);
    if (argc > 1)
        throw std::runtime_error("uncaught");
    return 0;
}
