// Mapping files into the process: what mmap(2) does beyond the books of the address space. Private pages of a
// file are filled when they are mapped, shared and large ones when they are used (shared_views.h); code that a patch
// table covers is patched on the way.
#pragma once

#include "enclave/process/process.h"

namespace farl {

// mmap(2), with `file` for what is not anonymous. Takes memory_lock.
Result<uint64_t> map_memory(Process& process, MapRequest request, File* file);

// mremap(2): new pages of a file are filled. Takes memory_lock.
Result<uint64_t> remap_memory(Process& process, RemapRequest const& request);

// mprotect(2) and madvise(2). Both take memory_lock.
Result<> protect_memory(Process& process, uint64_t address, uint64_t size, int protection);
Result<> advise_memory(Process& process, uint64_t address, uint64_t size, int advice);

// munmap(2): shared mappings of files are stored, but not synchronised. Takes memory_lock.
Result<> unmap_memory(Process& process, uint64_t address, uint64_t size);

// msync(2): stores the shared mappings of files in this range. Takes memory_lock.
Result<> sync_memory(Process& process, uint64_t address, uint64_t size, int flags);
// All of them, at the end of the process.
void write_back_everything(Process& process);

} // namespace farl
