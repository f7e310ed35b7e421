// ElfSample: a small enclave image in memory, whose headers a test spoils.
#pragma once

#include "abi/sgx/enclu.h"
#include "abi/sgx/layout.h"

#include <cstring>
#include <elf.h>
#include <span>
#include <vector>

namespace farl::sgx {

struct ElfSample {
    static constexpr uint64_t kCode = kRuntimeBase + 0x1000;
    static constexpr uint64_t kData = kRuntimeBase + 0x3010;
    static constexpr uint64_t kSite = kCode + 0x20;
    static constexpr uint64_t kSites = kRuntimeBase + 0x200;

    Elf64_Ehdr header {};
    Elf64_Phdr programs[3] {};
    Elf64_Shdr sections[3] {};
    int32_t sites[1] { static_cast<int32_t>(kSite - kSites) };

    ElfSample()
    {
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_ident[EI_VERSION] = EV_CURRENT;
        header.e_type = ET_EXEC;
        header.e_machine = EM_X86_64;
        header.e_version = EV_CURRENT;
        header.e_entry = kCode + 8;
        header.e_phoff = sizeof(header);
        header.e_phnum = 3;
        header.e_phentsize = sizeof(Elf64_Phdr);
        header.e_shoff = 0x400;
        header.e_shnum = 3;
        header.e_shentsize = sizeof(Elf64_Shdr);
        header.e_shstrndx = 1;
        programs[0] = { .p_type = PT_LOAD,
            .p_flags = PF_R,
            .p_offset = 0,
            .p_vaddr = kRuntimeBase,
            .p_filesz = 0x1000,
            .p_memsz = 0x1000 };
        programs[1] = { .p_type = PT_LOAD,
            .p_flags = PF_R | PF_X,
            .p_offset = 0x1000,
            .p_vaddr = kCode,
            .p_filesz = 0x800,
            .p_memsz = 0x800 };
        programs[2] = { .p_type = PT_LOAD,
            .p_flags = PF_R | PF_W,
            .p_offset = 0x2010,
            .p_vaddr = kData,
            .p_filesz = 0x20,
            .p_memsz = 0x2000 };
        sections[1] = { .sh_name = 0, .sh_type = SHT_STRTAB, .sh_offset = 0x600, .sh_size = sizeof(kNames) };
        sections[2] = {
            .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_addr = kSites, .sh_offset = 0x200, .sh_size = sizeof(sites)
        };
    }

    std::vector<std::byte> bytes() const
    {
        std::vector<std::byte> file(0x2030);
        std::memcpy(file.data(), &header, sizeof(header));
        std::memcpy(file.data() + sizeof(header), programs, sizeof(programs));
        std::memcpy(file.data() + 0x200, sites, sizeof(sites));
        std::memcpy(file.data() + 0x400, sections, sizeof(sections));
        std::memcpy(file.data() + 0x600, kNames, sizeof(kNames));
        std::memcpy(file.data() + 0x1020, kEncluOpcode.data(), kEncluOpcode.size());
        std::memset(file.data() + 0x2010, 0x5A, 0x20);
        return file;
    }

private:
    static constexpr char kNames[] = "\0.farl.enclu";
};

} // namespace farl::sgx
