#include "enclave/syscall/memory_files.h"

#include "enclave/fs/ephemeral/memory_file.h"
#include "enclave/process/process.h"

#include <linux/memfd.h>

namespace farl {

// memfd_create(2)
Result<int> sys_memfd_create(Thread& caller, UserString name, uint32_t flags)
{
    constexpr size_t kNameLimit = 250;      // with the terminator
    constexpr uint32_t kExecution = 8 | 16; // MFD_NOEXEC_SEAL, MFD_EXEC
    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | kExecution))
        return Errno::Einval;
    auto given = name.read(kNameLimit);
    if (given.is_error())
        return given.error() == Errno::Enametoolong ? Errno::Einval : given.error();
    auto path = TRY(String::from("/memfd:"));
    TRY(path.append(given.value()));
    auto& process = caller.process();
    uint32_t seals = flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL;
    auto file = TRY(create_memory_file(path, process.identity.effective_uid, process.identity.effective_gid, seals));
    return process.descriptors.add(std::move(file), flags & MFD_CLOEXEC);
}

} // namespace farl
