// What differs from run to run in the answers of calls, overwritten before they are compared.
#pragma once

#include "tests/fuzz/syscalls/world.h"

#include <cstring>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace farl::fuzz {

inline bool is_in_buffer(uint64_t address, size_t size)
{
    return address >= kBuffer && address + size <= kBuffer + kBufferSize;
}

inline void hide_all(uint64_t const (&)[6], int64_t) { memset(reinterpret_cast<void*>(kBuffer), 0, kBufferSize); }

template <int Index>
void hide_in_stat(uint64_t const (&arguments)[6], int64_t result)
{
    if (result != 0 || !is_in_buffer(arguments[Index], sizeof(struct stat)))
        return;
    auto& status = *reinterpret_cast<struct stat*>(arguments[Index]);
    status.st_dev = status.st_ino = 0;
    status.st_blksize = status.st_blocks = 0;
    status.st_atim = status.st_mtim = status.st_ctim = {};
    if (S_ISDIR(status.st_mode))
        status.st_size = status.st_nlink = 0;
}

inline void hide_in_statx(uint64_t const (&arguments)[6], int64_t result)
{
    if (result != 0 || !is_in_buffer(arguments[4], sizeof(struct statx)))
        return;
    auto& status = *reinterpret_cast<struct statx*>(arguments[4]);
    struct statx kept { };
    kept.stx_mode = status.stx_mode;
    kept.stx_uid = status.stx_uid;
    kept.stx_size = S_ISREG(status.stx_mode) ? status.stx_size : 0;
    status = kept;
}

// The kernel's struct linux_dirent64: inode number, position of the next.
inline void hide_directory_records(uint64_t const (&arguments)[6], int64_t result)
{
    for (int64_t at = 0; at + 19 < result && is_in_buffer(arguments[1] + static_cast<uint64_t>(at), 19);) {
        auto* record = reinterpret_cast<std::byte*>(arguments[1]) + at;
        memset(record, 0, 16);
        uint16_t size;
        memcpy(&size, record + 16, sizeof(size));
        auto name = strlen(reinterpret_cast<char*>(record) + 19) + 20;
        memset(record + name, 0, size > name ? size - name : 0);
        at += size ? size : 24;
    }
}

// Numbers that were given for a moment.
inline void hide_failed_pair(uint64_t const (&arguments)[6], int64_t result)
{
    if (result < 0 && arguments[3] >= kInputs && arguments[3] < kInputs + kInputsSize)
        memset(reinterpret_cast<void*>(kInputs), 0, kInputsSize);
}

// The port that the system chose.
template <int Index>
void hide_socket_name(uint64_t const (&arguments)[6], int64_t result)
{
    if (result < 0 || !is_in_buffer(arguments[Index], sizeof(sockaddr_in)))
        return;
    auto& name = *reinterpret_cast<sockaddr_in*>(arguments[Index]);
    if ((name.sin_family == AF_INET || name.sin_family == AF_INET6) && name.sin_port)
        name.sin_port = 1;
}

} // namespace farl::fuzz
