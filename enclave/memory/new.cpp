// operator new and delete of the enclave. Only the forms that report exhaustion exist: a plain `new` does not link.
#include "enclave/memory/new.h"

#include <new>

namespace {

constinit farl::RuntimeHeap heap;

}

farl::RuntimeHeap& farl::runtime_heap() { return heap; }

std::nothrow_t const std::nothrow = std::nothrow_t {};

void* operator new(size_t size, std::nothrow_t const&) noexcept { return heap.allocate(size); }
void* operator new[](size_t size, std::nothrow_t const&) noexcept { return heap.allocate(size); }
void* operator new(size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept
{
    return heap.allocate(size, static_cast<size_t>(alignment));
}

void operator delete(void* pointer) noexcept { heap.release(pointer); }
void operator delete[](void* pointer) noexcept { heap.release(pointer); }
void operator delete(void* pointer, size_t) noexcept { heap.release(pointer); }
void operator delete[](void* pointer, size_t) noexcept { heap.release(pointer); }
void operator delete(void* pointer, std::nothrow_t const&) noexcept { heap.release(pointer); }
void operator delete(void* pointer, std::align_val_t) noexcept { heap.release(pointer); }
void operator delete(void* pointer, size_t, std::align_val_t) noexcept { heap.release(pointer); }
