// Small ELF files made in memory, sound unless a test damages them.
#pragma once

#include <cstring>
#include <elf.h>
#include <string>

namespace farl {

struct ElfBytes {
    Elf64_Ehdr header {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_DYN,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2,
    };
    Elf64_Phdr interpreter_segment { .p_type = PT_NULL };
    Elf64_Phdr code { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_memsz = 4096 };
    std::string interpreter; // with its terminating zero; empty for none

    std::string bytes() const
    {
        auto copy = *this;
        auto start = sizeof(header) + 2 * sizeof(Elf64_Phdr);
        if (!interpreter.empty() && copy.interpreter_segment.p_type == PT_NULL) {
            copy.interpreter_segment = {
                .p_type = PT_INTERP, .p_offset = start, .p_filesz = interpreter.size(), .p_memsz = interpreter.size()
            };
        }
        if (copy.code.p_filesz == 0)
            copy.code.p_filesz = start + interpreter.size();
        std::string text(start, '\0');
        std::memcpy(text.data(), &copy.header, sizeof(header));
        std::memcpy(text.data() + sizeof(header), &copy.interpreter_segment, sizeof(Elf64_Phdr));
        std::memcpy(text.data() + sizeof(header) + sizeof(Elf64_Phdr), &copy.code, sizeof(Elf64_Phdr));
        return text + interpreter;
    }
};

inline ElfBytes elf_with_interpreter(std::string path)
{
    ElfBytes elf;
    elf.interpreter = std::move(path) + '\0';
    return elf;
}

} // namespace farl
