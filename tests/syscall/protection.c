// Protection: mprotect, faults and what they tell, running what was written.
#include "tests/support/behaviour.h"
#include "tests/support/faults.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

BEHAVIOUR(protection_faults_are_told_with_their_address)
{
    catch_faults();
    char* memory = map_pages(1);
    memory[100] = 'x';
    CHECK_OK(mprotect(memory, kPage, PROT_READ));
    CHECK_EQ(signal_of_read(memory + 100), 0);
    CHECK_EQ(signal_of_write(memory + 123), SIGSEGV);
    CHECK_EQ(fault_code, SEGV_ACCERR);
    CHECK(fault_address == memory + 123);
    CHECK_OK(mprotect(memory, kPage, PROT_NONE));
    CHECK_EQ(signal_of_read(memory + 7), SIGSEGV);
    CHECK_EQ(fault_code, SEGV_ACCERR);
    CHECK_OK(mprotect(memory, kPage, kReadWrite));
    CHECK_EQ(memory[100], 'x');
    CHECK_EQ(signal_of_write(memory + 100), 0);
}

BEHAVIOUR(a_null_dereference_is_told_with_its_address)
{
    catch_faults();
    CHECK_EQ(signal_of_read(bad_pointer()), SIGSEGV);
    CHECK_EQ(fault_code, SEGV_MAPERR);
    CHECK(fault_address == bad_pointer());
}

BEHAVIOUR(mprotect_splits_a_mapping)
{
    catch_faults();
    char* memory = map_pages(5);
    memset(memory, 'x', 5 * kPage);
    CHECK_OK(mprotect(memory + kPage, kPage, PROT_READ));
    CHECK_OK(mprotect(memory + 3 * kPage, kPage, PROT_NONE));
    CHECK_EQ(signal_of_write(memory), 0);
    CHECK_EQ(signal_of_write(memory + kPage), SIGSEGV);
    CHECK_EQ(signal_of_write(memory + 2 * kPage), 0);
    CHECK_EQ(signal_of_read(memory + 3 * kPage), SIGSEGV);
    CHECK_EQ(signal_of_write(memory + 4 * kPage), 0);
}

BEHAVIOUR(mprotect_checks_what_it_is_given)
{
    char* memory = map_pages(3);
    CHECK_ERRNO(syscall(SYS_mprotect, memory + 1, kPage, PROT_READ), EINVAL);
    CHECK_ERRNO(mprotect(memory, kPage, 0x1000), EINVAL);
    CHECK_OK(mprotect(memory, 0, PROT_READ));
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mprotect(memory, 3 * kPage, PROT_READ), ENOMEM);
    CHECK_ERRNO(mprotect(memory + kPage, kPage, PROT_READ), ENOMEM);
    CHECK_ERRNO(mprotect(memory, (size_t)-1 & ~4095UL, PROT_READ), ENOMEM);
}

BEHAVIOUR(mprotect_changes_pages_before_a_hole)
{
    catch_faults();
    char* memory = map_pages(3);
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mprotect(memory, 3 * kPage, PROT_READ), ENOMEM);
    say("the page before the hole: %d", signal_of_write(memory));
    say("the page after the hole: %d", signal_of_write(memory + 2 * kPage));
}

BEHAVIOUR(code_written_to_memory_can_be_run)
{
    static const unsigned char code[] = { 0xb8, 0x2a, 0, 0, 0, 0xc3 }; // mov $42, %eax; ret
    char* memory = map_pages(1);
    memcpy(memory, code, sizeof code);
    CHECK_OK(mprotect(memory, kPage, PROT_READ | PROT_EXEC));
    CHECK_EQ(((int (*)(void))(uintptr_t)memory)(), 42);
}

BEHAVIOUR(a_raw_system_call_in_fresh_code_works)
{
    static const unsigned char code[] = { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05, 0xc3 }; // mov $39, %eax; syscall; ret
    char* memory = mmap(NULL, kPage, kReadWrite | PROT_EXEC, kAnonymous, -1, 0);
    CHECK(memory != MAP_FAILED);
    memcpy(memory, code, sizeof code);
    CHECK_EQ(((int (*)(void))(uintptr_t)memory)(), getpid());
}

BEHAVIOUR(data_cannot_be_run)
{
    catch_faults();
    char* memory = map_pages(1);
    memory[0] = (char)0xc3;
    fault_signal = 0;
    if (sigsetjmp(after_the_fault, 1) == 0)
        ((void (*)(void))(uintptr_t)memory)();
    CHECK_EQ(fault_signal, SIGSEGV);
    CHECK_EQ(fault_code, SEGV_ACCERR);
    CHECK(fault_address == memory);
}

BEHAVIOUR(prot_none_memory_can_be_reserved_and_opened_later)
{
    const size_t size = (size_t)16 << 30;
    char* memory = mmap(NULL, size, PROT_NONE, kAnonymous | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_OK(mprotect(memory + size / 2, kPage, kReadWrite));
    memory[size / 2] = 'x';
    CHECK_EQ(memory[size / 2], 'x');
    CHECK_OK(munmap(memory, size));
}

// Grows the stack one page at a time, so that each step faults in one page below the last.
static int __attribute__((noinline)) use_stack(int pages)
{
    volatile char page[kPage];
    page[0] = (char)pages;
    return pages ? use_stack(pages - 1) + page[0] : page[0];
}

BEHAVIOUR(the_stack_grows_to_several_megabytes)
{
    int sum = use_stack(1500);
    say("sum %d", sum);
}
