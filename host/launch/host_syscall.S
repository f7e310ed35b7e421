// farl_host_syscall(RDI: number, RSI: six arguments, RDX: address of the slot's `cancelled` word)
//     Executes the system call unless `cancelled` is set, and returns its result in RAX. A signal handler that finds RIP
//     in [farl_host_syscall_begin, farl_host_syscall_end) sends it to farl_host_syscall_interrupted: so a cancellation
//     that comes between the look and the instruction is not lost. Callee-saved registers are kept.
// farl_host_syscall_whole(RDI: number, RSI: six arguments)
//     The same without a look: a cancellation changes nothing.
    .text
    .global farl_host_syscall, farl_host_syscall_whole, farl_host_syscall_begin, farl_host_syscall_end, farl_host_syscall_interrupted

farl_host_syscall:
    push %rbx
    mov %rdx, %rbx
    mov %rdi, %rax
    mov %rsi, %r11
    mov (%r11), %rdi
    mov 8(%r11), %rsi
    mov 16(%r11), %rdx
    mov 24(%r11), %r10
    mov 32(%r11), %r8
    mov 40(%r11), %r9
farl_host_syscall_begin:
    cmpq $0, (%rbx)
    jne farl_host_syscall_interrupted
    syscall
farl_host_syscall_end:
    pop %rbx
    ret
farl_host_syscall_interrupted:
    mov $-4, %rax               // -EINTR
    pop %rbx
    ret

farl_host_syscall_whole:
    mov %rdi, %rax
    mov %rsi, %r11
    mov (%r11), %rdi
    mov 8(%r11), %rsi
    mov 16(%r11), %rdx
    mov 24(%r11), %r10
    mov 32(%r11), %r8
    mov 40(%r11), %r9
    syscall
    ret

    .section .note.GNU-stack,"",@progbits
