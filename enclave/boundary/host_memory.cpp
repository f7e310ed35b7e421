#include "enclave/boundary/host_memory.h"

#include "abi/sgx/layout.h"
#include "base/checked.h"
#include "enclave/boundary/copy.h"

#include <cstring>

namespace farl {

namespace {

constexpr uint64_t kCanonicalEnd = 1ull << 47;
constexpr size_t kWord = 8;

// Below this a loop of words beats the start-up of `rep movsq`.
constexpr size_t kLoopLimit = 128;

void copy_words(uint64_t to, uint64_t from, size_t words)
{
    if (words * kWord > kLoopLimit) {
        asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
        return;
    }
    for (size_t i = 0; i < words; ++i) {
        uint64_t word;
        asm volatile("movq (%1), %0" : "=r"(word) : "r"(from + i * kWord) : "memory");
        asm volatile("movq %0, (%1)" : : "r"(word), "r"(to + i * kWord) : "memory");
    }
}

} // namespace

Result<HostAddress> HostAddress::create(uint64_t address, uint64_t size)
{
    auto end = TRY(checked_add(address, size));
    bool outside = end <= sgx::kEnclaveBase || address >= sgx::kEnclaveBase + sgx::kEnclaveSize;
    if (!address || !outside || end > kCanonicalEnd || !is_aligned(address, kWord))
        return Errno::Efault;
    return HostAddress(address);
}

uint64_t host_read_word(HostAddress from)
{
    uint64_t word;
    asm volatile("movq (%1), %0" : "=r"(word) : "r"(from.value()) : "memory");
    return word;
}

void host_write_word(HostAddress to, uint64_t value)
{
    asm volatile("movq %0, (%1)" : : "r"(value), "r"(to.value()) : "memory");
}

void host_prepare_write(HostAddress to) { asm volatile("prefetchw (%0)" : : "r"(to.value())); }

void host_copy_in(void* to, HostAddress from, size_t size)
{
    auto whole = size / kWord;
    copy_words(reinterpret_cast<uint64_t>(to), from.value(), whole);
    if (auto rest = size % kWord) {
        auto word = host_read_word(from + whole * kWord);
        memcpy(static_cast<char*>(to) + whole * kWord, &word, rest);
    }
}

void host_copy_out(HostAddress to, void const* from, size_t size)
{
    auto whole = size / kWord;
    copy_words(to.value(), reinterpret_cast<uint64_t>(from), whole);
    if (auto rest = size % kWord) {
        uint64_t word = 0;
        memcpy(&word, static_cast<char const*>(from) + whole * kWord, rest);
        host_write_word(to + whole * kWord, word);
    }
}

Result<> host_copy_in_to_user(uint64_t user, HostAddress from, size_t size)
{
    auto whole = size / kWord;
    if (farl_copy_words(user, from.value(), whole) != 0)
        return Errno::Efault;
    if (auto rest = size % kWord) {
        auto word = host_read_word(from + whole * kWord);
        if (farl_copy_bytes(user + whole * kWord, reinterpret_cast<uint64_t>(&word), rest) != 0)
            return Errno::Efault;
    }
    return {};
}

Result<> host_copy_out_from_user(HostAddress to, uint64_t user, size_t size)
{
    auto whole = size / kWord;
    if (farl_copy_words(to.value(), user, whole) != 0)
        return Errno::Efault;
    if (auto rest = size % kWord) {
        uint64_t word = 0;
        if (farl_copy_bytes(reinterpret_cast<uint64_t>(&word), user + whole * kWord, rest) != 0)
            return Errno::Efault;
        host_write_word(to + whole * kWord, word);
    }
    return {};
}

} // namespace farl
