// The vDSO that was built, mapped behind a data page of the test's own, as the runtime maps it for a program.
#pragma once

#include "enclave/time/vvar.h"

#include <asm/prctl.h>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl {

// In the place of the runtime, which the vDSO's system calls enter through the carrier page: asks the kernel.
struct CarrierPage {
    uint64_t unused;
    void (*entry)();
    uint64_t return_address;
};

[[gnu::naked]] inline void ask_kernel() { asm("mov %rcx, %gs:16; syscall; jmp *%gs:16"); }

class LoadedVdso {
public:
    explicit LoadedVdso(char const* path)
    {
        std::ifstream stream(path, std::ios::binary);
        std::stringstream copy;
        copy << stream.rdbuf();
        auto bytes = copy.str();
        size_ = 2 * kVvarPageSize;
        base_ = static_cast<char*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        EXPECT_NE(base_, MAP_FAILED);
        EXPECT_TRUE(!bytes.empty() && bytes.size() <= kVvarPageSize) << path;
        std::memcpy(base_ + kVvarPageSize, bytes.data(), bytes.size());
        EXPECT_EQ(mprotect(base_ + kVvarPageSize, kVvarPageSize, PROT_READ | PROT_EXEC), 0);
        EXPECT_EQ(syscall(SYS_arch_prctl, ARCH_SET_GS, &carrier_page_), 0);
    }
    ~LoadedVdso()
    {
        EXPECT_EQ(syscall(SYS_arch_prctl, ARCH_SET_GS, 0), 0);
        munmap(base_, size_);
    }

    Vvar& vvar() { return *reinterpret_cast<Vvar*>(base_); }

    // By the symbol's name, checking the version as C libraries do.
    template <typename Function>
    Function* function(std::string_view name, std::string_view version = "LINUX_2.6")
    {
        auto symbols = table<Elf64_Sym>(DT_SYMTAB);
        auto strings = table<char>(DT_STRTAB);
        auto count = table<Elf32_Word>(DT_HASH)[1];
        for (Elf32_Word i = 0; i < count; ++i) {
            if (strings + symbols[i].st_name == name && version_of(i) == version)
                return reinterpret_cast<Function*>(image() + symbols[i].st_value);
        }
        return nullptr;
    }
    std::string_view soname() { return table<char>(DT_STRTAB) + dynamic(DT_SONAME); }

private:
    char* image() { return base_ + kVvarPageSize; }
    Elf64_Addr dynamic(Elf64_Sxword tag)
    {
        auto* header = reinterpret_cast<Elf64_Ehdr*>(image());
        auto* program = reinterpret_cast<Elf64_Phdr*>(image() + header->e_phoff);
        while (program->p_type != PT_DYNAMIC)
            ++program;
        auto* entry = reinterpret_cast<Elf64_Dyn*>(image() + program->p_vaddr);
        while (entry->d_tag != tag && entry->d_tag != DT_NULL)
            ++entry;
        EXPECT_EQ(entry->d_tag, tag);
        return entry->d_un.d_val;
    }
    template <typename T>
    T* table(Elf64_Sxword tag)
    {
        return reinterpret_cast<T*>(image() + dynamic(tag));
    }
    std::string_view version_of(Elf32_Word symbol)
    {
        auto index = table<Elf64_Half>(DT_VERSYM)[symbol] & 0x7fff;
        auto* definition = table<char>(DT_VERDEF);
        for (;;) {
            auto* version = reinterpret_cast<Elf64_Verdef*>(definition);
            if (version->vd_ndx == index)
                return table<char>(DT_STRTAB)
                    + reinterpret_cast<Elf64_Verdaux*>(definition + version->vd_aux)->vda_name;
            if (version->vd_next == 0)
                return "";
            definition += version->vd_next;
        }
    }

    CarrierPage carrier_page_ { .unused = 0, .entry = ask_kernel, .return_address = 0 };
    char* base_;
    size_t size_;
};

} // namespace farl
