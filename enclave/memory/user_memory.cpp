#include "enclave/memory/user_memory.h"

#include <atomic>

namespace farl {

namespace {

constinit std::atomic<AbsentPages*> the_absent_pages { nullptr };

} // namespace

AbsentPages* absent_pages() { return the_absent_pages.load(std::memory_order_acquire); }
void set_absent_pages(AbsentPages* pages) { the_absent_pages.store(pages, std::memory_order_release); }

Result<> copy_user_again(uint64_t to, uint64_t from, size_t size, uint64_t user)
{
    auto* absent = absent_pages();
    if (!absent)
        return Errno::Efault;
    absent->bring_in(user, size);
    return farl_copy_bytes(to, from, size) == 0 ? Result<> {} : Errno::Efault;
}

Result<String> read_user_string(uint64_t user, size_t limit)
{
    if (!is_user_range(user, 1))
        return Errno::Efault;
    auto reachable = sgx::kApplicationEnd - user;
    auto length = farl_string_length(user, limit < reachable ? limit : reachable);
    if (auto* absent = absent_pages(); length < 0 && absent) {
        absent->bring_in(user, limit < reachable ? limit : reachable);
        length = farl_string_length(user, limit < reachable ? limit : reachable);
    }
    if (length < 0)
        return Errno::Efault;
    if (static_cast<size_t>(length) >= limit)
        return Errno::Enametoolong;
    auto text = TRY(String::of_size(static_cast<size_t>(length)));
    TRY(copy_from_user(text.data(), user, static_cast<size_t>(length)));
    return text;
}

} // namespace farl
