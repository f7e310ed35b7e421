// A window of this process's own address space, driven by raw system calls, so that AddressSpace can be compared with
// the kernel it imitates. Nobody else maps there: the window lies far below where mmap places what has no address.
#pragma once

#include "base/checked.h"
#include "enclave/memory/address_range.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace farl {

struct KernelMapping {
    AddressRange range;
    std::string permissions; // "rw-p"
    uint64_t offset;
    bool is_file;
};

// An answer of the kernel: -errno or a value.
inline int64_t kernel_call(long number, auto... arguments)
{
    auto value = syscall(number, arguments...);
    return value == -1 ? -errno : value;
}

class KernelWindow {
public:
    static constexpr uint64_t kStart = 0x2000'0000'0000;

    explicit KernelWindow(uint64_t size) : range_ { kStart, kStart + size }
    {
        clear();
        memory_file_ = memfd_create("farl-window", 0);
        EXPECT_EQ(ftruncate(memory_file_, 1 << 20), 0);
        auto path = "/proc/self/fd/" + std::to_string(memory_file_);
        read_only_file_ = open(path.c_str(), O_RDONLY);
        maps_ = open("/proc/self/maps", O_RDONLY);
        EXPECT_TRUE(memory_file_ >= 0 && read_only_file_ >= 0 && maps_ >= 0);
    }
    ~KernelWindow()
    {
        clear();
        close(memory_file_);
        close(read_only_file_);
        close(maps_);
    }

    AddressRange range() const { return range_; }
    int memory_file() const { return memory_file_; }
    int read_only_file() const { return read_only_file_; }
    void clear() { kernel_call(SYS_munmap, range_.start, range_.size()); }

    // The kernel's mappings in the window.
    std::vector<KernelMapping> mappings() const
    {
        std::vector<KernelMapping> found;
        auto text = maps_text();
        for (char const* line = text.c_str(); *line; line = std::strchr(line, '\n') + 1) {
            KernelMapping mapping;
            char permissions[8];
            unsigned long inode;
            std::sscanf(line, "%lx-%lx %4s %lx %*s %lu", &mapping.range.start, &mapping.range.end, permissions,
                &mapping.offset, &inode);
            if (!range_.overlaps(mapping.range))
                continue;
            // A sanitizer's reserved memory beside the window may be one mapping with what lies inside.
            auto inside = range_.intersection(mapping.range);
            mapping.offset += inside.start - mapping.range.start;
            mapping.range = inside;
            mapping.permissions = permissions;
            mapping.is_file =
                std::string_view(line, std::strchr(line, '\n') - line).find("farl-window") != std::string::npos;
            found.push_back(mapping);
        }
        return found;
    }

private:
    // Whole lines, up to the first that starts behind the window.
    std::string maps_text() const
    {
        std::string text;
        char buffer[16384];
        lseek(maps_, 0, SEEK_SET);
        for (ssize_t count; (count = read(maps_, buffer, sizeof(buffer))) > 0;) {
            text.append(buffer, static_cast<size_t>(count));
            auto last_line = text.rfind('\n', text.size() - 2) + 1;
            if (std::strtoul(text.c_str() + last_line, nullptr, 16) >= range_.end)
                break;
        }
        return text.substr(0, text.rfind('\n') + 1);
    }

    AddressRange range_;
    int memory_file_;
    int read_only_file_;
    int maps_;
};

} // namespace farl
