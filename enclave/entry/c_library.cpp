// What BoringSSL calls of a C library, besides strings.S, the heap (memory/crypto_memory.cpp), c_print.cpp and
// c_time.cpp. As in the locale "C". Freestanding, so the names and signatures are C's own.
#include "base/result.h"

#include <cstddef>
#include <cstdint>

namespace {

using Compare = int (*)(void const*, void const*);

bool is_between(int character, int first, int last) { return character >= first && character <= last; }

int digit_value(int character)
{
    if (is_between(character, '0', '9'))
        return character - '0';
    auto lower = character | 0x20;
    return is_between(lower, 'a', 'z') ? lower - 'a' + 10 : 36;
}

void swap(uint8_t* left, uint8_t* right, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        auto byte = left[i];
        left[i] = right[i];
        right[i] = byte;
    }
}

// Moves the element at `root` down until none below it in the heap is larger.
void sift_down(uint8_t* elements, size_t root, size_t count, size_t size, Compare compare)
{
    for (;;) {
        auto child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare(elements + child * size, elements + (child + 1) * size) < 0)
            ++child;
        if (compare(elements + root * size, elements + child * size) >= 0)
            return;
        swap(elements + root * size, elements + child * size, size);
        root = child;
    }
}

} // namespace

extern "C" {

[[noreturn]] void abort() { farl::panic("abort", 0, "BoringSSL found itself in an impossible state"); }

// It notes errno beside some errors. There are no system calls behind it, so there is nothing to note.
int* __errno_location()
{
    static int nothing;
    nothing = 0;
    return &nothing;
}
char* strerror(int)
{
    static char none[] = "";
    return none;
}

int strncmp(char const* left, char const* right, size_t most)
{
    for (size_t i = 0; i < most; ++i)
        if (left[i] != right[i] || !left[i])
            return static_cast<unsigned char>(left[i]) - static_cast<unsigned char>(right[i]);
    return 0;
}

int strcmp(char const* left, char const* right) { return strncmp(left, right, SIZE_MAX); }

char* strchr(char const* text, int character)
{
    for (;; ++text) {
        if (*text == static_cast<char>(character))
            return const_cast<char*>(text);
        if (!*text)
            return nullptr;
    }
}

int isspace(int character) { return character == ' ' || is_between(character, '\t', '\r'); }
int isdigit(int character) { return is_between(character, '0', '9'); }
int isxdigit(int character) { return digit_value(character) < 16; }

// Decimal only, no sign, and ULONG_MAX for more: what BoringSSL reads are numbers of tags and bits.
unsigned long strtoul(char const* text, char** end, int base)
{
    unsigned long value = 0;
    bool is_too_large = base != 10;
    for (; isdigit(*text); ++text) {
        is_too_large |= __builtin_mul_overflow(value, 10ul, &value);
        is_too_large |= __builtin_add_overflow(value, static_cast<unsigned long>(digit_value(*text)), &value);
    }
    if (end)
        *end = const_cast<char*>(text);
    return is_too_large ? ~0ul : value;
}

// It reads IPv4 addresses so; certificates carry them as bytes. Nothing is recognised.
int __isoc99_sscanf(char const*, char const*, ...) { return 0; }

// Heap sort: the number of elements may be a peer's choice, so neither recursion nor a bad case.
void qsort(void* base, size_t count, size_t size, Compare compare)
{
    auto* elements = static_cast<uint8_t*>(base);
    for (auto root = count / 2; root-- > 0;)
        sift_down(elements, root, count, size, compare);
    for (auto end = count; end-- > 1;) {
        swap(elements, elements + end * size, size);
        sift_down(elements, 0, end, size, compare);
    }
}

} // extern "C"
