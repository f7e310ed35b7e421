// The system call as an instruction: registers, flags, the red zone, argument widths, unknown numbers.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, flags;
};

// Loads every register of `before`, makes the system call, and stores every register in `after`.
void call_with_registers(const struct registers* before, struct registers* after);

__asm__(".text\n"
        "call_with_registers:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "  push %rsi\n"
        "  mov %rdi, %rax\n"
        "  push 120(%rax); popfq\n"
        "  mov 8(%rax), %rbx\n  mov 24(%rax), %rdx\n  mov 32(%rax), %rsi\n  mov 40(%rax), %rdi\n"
        "  mov 48(%rax), %rbp\n  mov 56(%rax), %r8\n  mov 64(%rax), %r9\n  mov 72(%rax), %r10\n"
        "  mov 16(%rax), %rcx\n  mov 80(%rax), %r11\n"
        "  mov 88(%rax), %r12\n  mov 96(%rax), %r13\n  mov 104(%rax), %r14\n  mov 112(%rax), %r15\n"
        "  mov (%rax), %rax\n"
        "  syscall\n"
        "  .globl after_the_call\nafter_the_call:\n"
        "  xchg %rax, (%rsp)\n" // rax = after, the result on the stack
        "  mov %rbx, 8(%rax)\n  mov %rcx, 16(%rax)\n  mov %rdx, 24(%rax)\n  mov %rsi, 32(%rax)\n"
        "  mov %rdi, 40(%rax)\n  mov %rbp, 48(%rax)\n  mov %r8, 56(%rax)\n  mov %r9, 64(%rax)\n"
        "  mov %r10, 72(%rax)\n  mov %r11, 80(%rax)\n  mov %r12, 88(%rax)\n  mov %r13, 96(%rax)\n"
        "  mov %r14, 104(%rax)\n  mov %r15, 112(%rax)\n"
        "  pushfq; pop 120(%rax)\n"
        "  pop (%rax)\n"
        "  cld\n"
        "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n");
extern const char after_the_call[];

enum { kCarry = 1, kParity = 4, kAdjust = 0x10, kZero = 0x40, kSign = 0x80, kDirection = 0x400, kOverflow = 0x800 };
enum { kInterrupts = 0x200, kAlwaysOne = 2, kIdentification = 0x200000 };

static struct registers patterned(long number)
{
    struct registers registers = { .rax = (uint64_t)number, .flags = kInterrupts | kAlwaysOne };
    uint64_t* words = &registers.rbx;
    for (int i = 0; i < 14; ++i)
        words[i] = 0x0101010101010101u * (unsigned)(i + 1) ^ 0x8000000000000000u;
    return registers;
}

#define CHECK_PRESERVED(before, after, name) CHECK_EQ((after).name, (before).name)
#define CHECK_ALL_PRESERVED(before, after)   \
    do {                                     \
        CHECK_PRESERVED(before, after, rbx); \
        CHECK_PRESERVED(before, after, rdx); \
        CHECK_PRESERVED(before, after, rsi); \
        CHECK_PRESERVED(before, after, rdi); \
        CHECK_PRESERVED(before, after, rbp); \
        CHECK_PRESERVED(before, after, r8);  \
        CHECK_PRESERVED(before, after, r9);  \
        CHECK_PRESERVED(before, after, r10); \
        CHECK_PRESERVED(before, after, r12); \
        CHECK_PRESERVED(before, after, r13); \
        CHECK_PRESERVED(before, after, r14); \
        CHECK_PRESERVED(before, after, r15); \
    } while (0)

BEHAVIOUR(a_call_answered_at_once_preserves_the_registers)
{
    struct registers before = patterned(SYS_getppid), after;
    call_with_registers(&before, &after);
    CHECK_EQ(after.rax, getppid());
    CHECK_ALL_PRESERVED(before, after);
}

BEHAVIOUR(a_call_that_needs_the_kernel_preserves_the_registers)
{
    int file = open_file_with("a", "");
    struct registers before = patterned(SYS_pwrite64), after;
    before.rdi = (uint64_t)file;
    before.rsi = (uintptr_t) "text";
    before.rdx = 4;
    before.r10 = 0;
    call_with_registers(&before, &after);
    CHECK_EQ(after.rax, 4);
    CHECK_ALL_PRESERVED(before, after);
}

BEHAVIOUR(a_call_that_sleeps_preserves_the_registers)
{
    struct timespec time = { 0, 1000000 };
    struct registers before = patterned(SYS_nanosleep), after;
    before.rdi = (uintptr_t)&time;
    before.rsi = 0;
    call_with_registers(&before, &after);
    CHECK_EQ(after.rax, 0);
    CHECK_ALL_PRESERVED(before, after);
}

BEHAVIOUR(a_refused_call_preserves_the_registers)
{
    struct registers before = patterned(5000), after;
    call_with_registers(&before, &after);
    CHECK_EQ(after.rax, -ENOSYS);
    CHECK_ALL_PRESERVED(before, after);
}

BEHAVIOUR(sched_yield_preserves_the_registers)
{
    for (int i = 0; i < 100; ++i) {
        struct registers before = patterned(SYS_sched_yield), after;
        call_with_registers(&before, &after);
        CHECK_EQ(after.rax, 0);
        CHECK_ALL_PRESERVED(before, after);
    }
}

BEHAVIOUR(rcx_is_the_return_address_and_r11_the_flags)
{
    struct registers before = patterned(SYS_getppid), after;
    call_with_registers(&before, &after);
    CHECK_EQ(after.rcx, (long)after_the_call);
    CHECK_EQ(after.r11 & ~(uint64_t)0x10000, after.flags & ~(uint64_t)0x10000);
}

BEHAVIOUR(the_arithmetic_flags_are_preserved)
{
    static const unsigned patterns[] = { 0, kCarry, kZero, kSign, kOverflow, kParity, kAdjust,
        kCarry | kParity | kAdjust | kZero | kSign | kOverflow };
    for (size_t i = 0; i < COUNT_OF(patterns); ++i) {
        struct registers before = patterned(SYS_getppid), after;
        before.flags |= patterns[i];
        call_with_registers(&before, &after);
        CHECK_EQ(after.flags & 0xfff, before.flags & 0xfff);
        CHECK_EQ(after.r11 & 0xfff, before.flags & 0xfff);
    }
}

BEHAVIOUR(the_direction_flag_is_preserved)
{
    struct registers before = patterned(SYS_getppid), after;
    before.flags |= kDirection;
    call_with_registers(&before, &after);
    CHECK_EQ(after.rax, getppid());
    CHECK_EQ(after.flags & kDirection, kDirection);
}

BEHAVIOUR(a_call_that_copies_works_with_the_direction_flag_set)
{
    int file = open_file_with("a", "0123456789");
    char text[16] = { 0 };
    struct registers before = patterned(SYS_pread64), after;
    before.flags |= kDirection;
    before.rdi = (uint64_t)file;
    before.rsi = (uintptr_t)text;
    before.rdx = 10;
    before.r10 = 0;
    call_with_registers(&before, &after);
    CHECK_EQ(after.rax, 10);
    CHECK(strcmp(text, "0123456789") == 0);
    CHECK_EQ(after.flags & kDirection, kDirection);
}

BEHAVIOUR(the_identification_flag_is_preserved)
{
    struct registers before = patterned(SYS_getppid), after;
    before.flags |= kIdentification;
    call_with_registers(&before, &after);
    CHECK_EQ(after.flags & kIdentification, kIdentification);
}

BEHAVIOUR(the_red_zone_is_left_alone)
{
    uint64_t sum;
    __asm__ volatile("lea -128(%%rsp), %%rdi\n"
                     "mov $16, %%ecx\n"
                     "1: mov %%rcx, -8(%%rdi,%%rcx,8)\n"
                     "loop 1b\n"
                     "mov $110, %%eax\n" // getppid
                     "syscall\n"
                     "xor %%eax, %%eax\n"
                     "mov $16, %%ecx\n"
                     "2: add -8(%%rdi,%%rcx,8), %%rax\n"
                     "loop 2b\n"
                     : "=a"(sum)
                     :
                     : "rcx", "rdi", "r11", "memory");
    CHECK_EQ(sum, 16 * 17 / 2);
}

BEHAVIOUR(unknown_numbers_give_enosys)
{
    static const long numbers[] = { 340, 400, 423, 600, 999, 100000, 0x7fffffff };
    for (size_t i = 0; i < COUNT_OF(numbers); ++i)
        CHECK_ERRNO(syscall(numbers[i], 1, 2, 3), ENOSYS);
    CHECK_ERRNO(syscall(-1), ENOSYS);
    CHECK_ERRNO(syscall(-100), ENOSYS);
    CHECK_ERRNO(syscall(-4095), ENOSYS);
}

BEHAVIOUR(calls_that_were_never_implemented_give_enosys)
{
    static const long numbers[] = { SYS_tuxcall, SYS_security, SYS_vserver, SYS_afs_syscall, SYS_getpmsg, SYS_putpmsg,
        SYS_epoll_ctl_old, SYS_epoll_wait_old, SYS_create_module, SYS_query_module, SYS_get_kernel_syms, SYS_nfsservctl,
        SYS_uselib, SYS_set_thread_area, SYS_get_thread_area };
    for (size_t i = 0; i < COUNT_OF(numbers); ++i)
        CHECK_ERRNO(syscall(numbers[i], 0, 0, 0), ENOSYS);
}

BEHAVIOUR(the_upper_half_of_the_number_decides_nothing)
{
    struct registers before = patterned(SYS_getppid), after;
    before.rax |= (uint64_t)1 << 32;
    call_with_registers(&before, &after);
    say("getppid with bit 32 set in rax %s", (long)after.rax == getppid() ? "works" : "fails");
    before.rax = SYS_getppid | 0x40000000u;
    call_with_registers(&before, &after);
    say("getppid with the x32 bit %s", (long)after.rax == getppid() ? "works" : "fails");
}

BEHAVIOUR(the_upper_half_of_an_int_argument_is_ignored)
{
    int file = open_file_with("a", "text");
    const uint64_t garbage = 0xdeadbeef00000000u;
    char text[4];
    CHECK_EQ(syscall(SYS_read, garbage | (unsigned)file, text, 4), 4);
    CHECK_EQ(syscall(SYS_lseek, garbage | (unsigned)file, 1L, garbage | SEEK_SET), 1);
    CHECK_EQ(syscall(SYS_fcntl, garbage | (unsigned)file, garbage | F_GETFD, 0L), 0);
    CHECK_OK(syscall(SYS_dup, garbage | (unsigned)file));
    CHECK_OK(syscall(SYS_openat, garbage | (unsigned)AT_FDCWD, "a", garbage | O_RDONLY, 0L));
    CHECK_OK(syscall(SYS_clock_gettime, garbage | CLOCK_MONOTONIC, &(struct timespec) { 0 }));
    CHECK_OK(syscall(SYS_kill, garbage | (unsigned)getpid(), garbage));
    CHECK_EQ(syscall(SYS_umask, garbage | 022), 022);
    CHECK_OK(syscall(SYS_close, garbage | (unsigned)file));
    CHECK_ERRNO(syscall(SYS_close, file), EBADF);
}

BEHAVIOUR(the_upper_half_of_a_size_or_pointer_counts)
{
    int file = open_file_with("a", "text");
    char text[4];
    CHECK_ERRNO(syscall(SYS_read, file, (uintptr_t)text | 0xdead000000000000u, 4L), EFAULT);
    CHECK_ERRNO(syscall(SYS_pread64, file, text, 4L, (long)0x8000000000000000u), EINVAL);
    CHECK_ERRNO(syscall(SYS_munmap, 0x1000000000000000L, 4096L), EINVAL);
}

BEHAVIOUR(a_read_larger_than_memory_is_cut_not_refused)
{
    int file = open_file_with("a", "text");
    char* page = page_before_a_hole();
    CHECK_EQ(syscall(SYS_read, file, page, 0x7fffffffL), 4);
    CHECK_ERRNO(syscall(SYS_read, file, page, 0x7fffffffffffffffL), EFAULT);
    CHECK_ERRNO(syscall(SYS_read, file, page, -1L), EFAULT);
}

BEHAVIOUR(vector_registers_are_preserved)
{
    __attribute__((aligned(16))) uint64_t in[4] = { 0x0123456789abcdef, 0xfedcba9876543210, 1, 2 }, out[4];
    int file = open_file_with("a", "text");
    char text[4];
    long result;
    __asm__ volatile("movdqa (%[in]), %%xmm0\n movdqa 16(%[in]), %%xmm1\n movdqa (%[in]), %%xmm7\n"
                     "movdqa 16(%[in]), %%xmm15\n"
                     "xor %%r10d, %%r10d\n"
                     "mov $17, %%eax\n" // pread64
                     "syscall\n"
                     "movdqa %%xmm15, %%xmm2\n pxor %%xmm1, %%xmm2\n movdqa %%xmm7, %%xmm3\n pxor %%xmm0, %%xmm3\n"
                     "por %%xmm3, %%xmm2\n movdqa %%xmm0, (%[out])\n movdqa %%xmm2, 16(%[out])\n"
                     : "=a"(result)
                     : [in] "r"(in), [out] "r"(out), "D"((long)file), "S"(text), "d"(4L)
                     : "rcx", "r11", "r10", "xmm0", "xmm1", "xmm2", "xmm3", "xmm7", "xmm15", "memory");
    CHECK_EQ(result, 4);
    CHECK(out[0] == in[0] && out[1] == in[1]);
    CHECK(out[2] == 0 && out[3] == 0);
}

__attribute__((target("avx"))) static bool upper_halves_survive(int file, char* text)
{
    __attribute__((aligned(32))) uint64_t in[4] = { 1, 2, 0xaaaaaaaaaaaaaaaa, 0x5555555555555555 }, out[4] = { 0 };
    long result;
    __asm__ volatile("vmovdqa (%[in]), %%ymm5\n"
                     "xor %%r10d, %%r10d\n"
                     "mov $17, %%eax\n"
                     "syscall\n"
                     "vmovdqa %%ymm5, (%[out])\n"
                     "vzeroupper\n"
                     : "=a"(result)
                     : [in] "r"(in), [out] "r"(out), "D"((long)file), "S"(text), "d"(4L)
                     : "rcx", "r11", "r10", "xmm5", "memory");
    return result == 4 && memcmp(in, out, sizeof in) == 0;
}

BEHAVIOUR(the_upper_halves_of_vector_registers_are_preserved)
{
    SKIP_IF(!__builtin_cpu_supports("avx"), "the processor has no AVX");
    char text[4];
    CHECK(upper_halves_survive(open_file_with("a", "text"), text));
}

__attribute__((target("avx512f"))) static bool mask_and_wide_registers_survive(int file, char* text)
{
    __attribute__((aligned(64))) uint64_t in[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, out[8] = { 0 };
    unsigned mask;
    long result;
    __asm__ volatile("vmovdqa64 (%[in]), %%zmm17\n"
                     "mov $0xa5a5, %%eax\n kmovw %%eax, %%k3\n"
                     "xor %%r10d, %%r10d\n mov $17, %%eax\n syscall\n"
                     "vmovdqa64 %%zmm17, (%[out])\n kmovw %%k3, %k[mask]\n vzeroupper\n"
                     : "=&a"(result), [mask] "=&b"(mask)
                     : [in] "r"(in), [out] "r"(out), "D"((long)file), "S"(text), "d"(4L)
                     : "rcx", "r11", "r10", "xmm17", "memory");
    return result == 4 && mask == 0xa5a5 && memcmp(in, out, sizeof in) == 0;
}

BEHAVIOUR(wide_vector_and_mask_registers_are_preserved)
{
    SKIP_IF(!__builtin_cpu_supports("avx512f"), "the processor has no AVX-512");
    char text[4];
    CHECK(mask_and_wide_registers_survive(open_file_with("a", "text"), text));
}

BEHAVIOUR(floating_point_control_words_are_preserved)
{
    unsigned mxcsr = 0x1f80 | 0x6000 /* round towards zero */, mxcsr_after = 0, restored = 0x1f80;
    unsigned short control = 0x0c7f, control_after = 0, control_default = 0x037f;
    __asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(mxcsr), "m"(control));
    struct timespec time = { 0, 1000000 };
    syscall(SYS_nanosleep, &time, NULL);
    syscall(SYS_getppid);
    __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(mxcsr_after), "=m"(control_after));
    __asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(restored), "m"(control_default));
    CHECK_EQ(mxcsr_after & ~0x3fu, mxcsr);
    CHECK_EQ(control_after, control);
}

BEHAVIOUR(x87_registers_are_preserved)
{
    long double in = 3.14159265358979323846L, out = 0;
    __asm__ volatile("fldt %0" : : "m"(in));
    struct timespec time = { 0, 1000000 };
    syscall(SYS_nanosleep, &time, NULL);
    __asm__ volatile("fstpt %0" : "=m"(out));
    CHECK(in == out);
}

enum { kRounds = 300 };

// Each thread keeps its own pattern in the callee-saved vector and integer registers while others run.
static void* keep_a_pattern(void* argument)
{
    uint64_t in[2] = { (uintptr_t)argument, ~(uintptr_t)argument };
    for (int i = 0; i < kRounds; ++i) {
        uint64_t out[2];
        __asm__ volatile("movdqu (%[in]), %%xmm9\n mov $24, %%eax\n syscall\n movdqu %%xmm9, (%[out])\n"
                         :
                         : [in] "r"(in), [out] "r"(out)
                         : "rax", "rcx", "r11", "xmm9", "memory");
        EXPECT(in[0] == out[0] && in[1] == out[1]);
    }
    return NULL;
}

BEHAVIOUR(vector_registers_survive_a_switch_of_threads)
{
    pthread_t threads[8];
    for (uintptr_t i = 0; i < COUNT_OF(threads); ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, keep_a_pattern, (void*)(i * 1234567 + 1)), 0);
    for (size_t i = 0; i < COUNT_OF(threads); ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

// What a thread finds in its registers: all of them, whether it uses them or not.
struct wide_state {
    uint64_t zmm9[8], zmm17[8], mask;
    uint32_t mxcsr;
};

enum { kNarrow, kUpperHalves, kWide, kAnotherRounding, kKinds };

// Puts every component into its initial state, loads what a thread of that kind uses, and yields.
__attribute__((target("avx512f"))) static struct wide_state state_after_a_yield(int kind, const uint64_t* pattern)
{
    __attribute__((aligned(64))) unsigned char initial[4096] = { 0 };
    uint32_t mxcsr = kind == kAnotherRounding ? 0x7f80 : 0x1f80;
    memcpy(initial + 24, &mxcsr, sizeof mxcsr);
    struct wide_state found;
    __asm__ volatile("mov $0xe6, %%eax\n xor %%edx, %%edx\n xrstor (%[initial])\n"
                     "cmp $1, %[kind]\n je 1f\n cmp $2, %[kind]\n je 2f\n"
                     "movdqu (%[pattern]), %%xmm9\n jmp 3f\n"
                     "1: vmovdqu (%[pattern]), %%ymm9\n jmp 3f\n"
                     "2: vmovdqu64 (%[pattern]), %%zmm9\n vmovdqu64 (%[pattern]), %%zmm17\n kmovw (%[pattern]), %%k3\n"
                     "3: mov $24, %%eax\n syscall\n"
                     "vmovdqu64 %%zmm9, (%[found])\n vmovdqu64 %%zmm17, 64(%[found])\n"
                     "kmovw %%k3, %%eax\n mov %%rax, 128(%[found])\n stmxcsr 136(%[found])\n"
                     "mov $0xe6, %%eax\n xor %%edx, %%edx\n movl $0x1f80, 24(%[initial])\n xrstor (%[initial])\n"
                     :
                     : [initial] "r"(initial), [kind] "r"(kind), [pattern] "r"(pattern), [found] "r"(&found)
                     : "rax", "rcx", "rdx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                     "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm17");
    return found;
}

static void* use_registers_of_a_kind(void* argument)
{
    int kind = (int)((uintptr_t)argument % kKinds);
    uint64_t pattern[8];
    for (int i = 0; i < 8; ++i)
        pattern[i] = 0x0101010101010101u * (uintptr_t)argument + (unsigned)i;
    struct wide_state expected = { .mxcsr = kind == kAnotherRounding ? 0x7f80 : 0x1f80 };
    memcpy(expected.zmm9, pattern, kind == kWide ? 64 : kind == kUpperHalves ? 32 : 16);
    memcpy(expected.zmm17, pattern, kind == kWide ? 64 : 0);
    expected.mask = kind == kWide ? pattern[0] & 0xffff : 0;
    for (int i = 0; i < kRounds; ++i) {
        struct wide_state found = state_after_a_yield(kind, pattern);
        EXPECT(memcmp(found.zmm9, expected.zmm9, sizeof found.zmm9) == 0);
        EXPECT(memcmp(found.zmm17, expected.zmm17, sizeof found.zmm17) == 0);
        EXPECT(found.mask == expected.mask);
        EXPECT(found.mxcsr == expected.mxcsr);
    }
    return NULL;
}

BEHAVIOUR(threads_that_use_different_registers_find_nothing_of_each_other)
{
    SKIP_IF(!__builtin_cpu_supports("avx512f"), "the processor has no AVX-512");
    pthread_t threads[2 * kKinds];
    for (uintptr_t i = 0; i < COUNT_OF(threads); ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, use_registers_of_a_kind, (void*)(i + 1)), 0);
    for (size_t i = 0; i < COUNT_OF(threads); ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static long result_of_sequence(const unsigned char* code, size_t size)
{
    unsigned char* memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(memory, code, size);
    long result = ((long (*)(void))(uintptr_t)memory)();
    munmap(memory, 4096);
    return result;
}

BEHAVIOUR(a_jump_to_the_syscall_instruction_itself_works)
{
    // jmp to the syscall past a mov of another number: a patch of the whole window must not break this entry.
    static const unsigned char code[] = { 0xb8, 110, 0, 0, 0, 0xeb, 5, 0xb8, 0xff, 0xff, 0, 0, 0x0f, 0x05, 0xc3 };
    CHECK_EQ(result_of_sequence(code, sizeof code), getppid());
}

BEHAVIOUR(a_loop_of_raw_calls_works)
{
    static const unsigned char code[] = {
        0x53, 0xbb, 0xe8, 0x03, 0, 0,   // push %rbx; mov $1000, %ebx
        0xb8, 110, 0, 0, 0, 0x0f, 0x05, // mov $110, %eax; syscall
        0xff, 0xcb, 0x75, 0xf5,         // dec %ebx; jnz
        0x5b, 0xc3,                     // pop %rbx; ret
    };
    CHECK_EQ(result_of_sequence(code, sizeof code), getppid());
}

BEHAVIOUR(the_stack_pointer_may_be_anywhere)
{
    char* stack = page_before_a_hole();
    long result;
    __asm__ volatile("mov %%rsp, %%r12\n"
                     "mov %[stack], %%rsp\n" // the lowest byte of a mapping: nothing can be pushed
                     "mov $110, %%eax\n"
                     "syscall\n"
                     "mov %%r12, %%rsp\n"
                     : "=a"(result)
                     : [stack] "r"(stack)
                     : "rcx", "r11", "r12", "memory");
    CHECK_EQ(result, getppid());
    __asm__ volatile("mov %%rsp, %%r12\n"
                     "xor %%esp, %%esp\n"
                     "mov $110, %%eax\n"
                     "syscall\n"
                     "mov %%r12, %%rsp\n"
                     : "=a"(result)
                     :
                     : "rcx", "r11", "r12", "memory");
    CHECK_EQ(result, getppid());
}

BEHAVIOUR(arch_prctl_checks_what_it_is_given)
{
    uint64_t base = 0;
    CHECK_OK(syscall(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, &base));
    CHECK_EQ(base, (long)*(uintptr_t*)(base));
    CHECK_ERRNO(syscall(SYS_arch_prctl, 0x7777, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_arch_prctl, 0x1003, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, (uint64_t)1 << 63), EPERM);
}
