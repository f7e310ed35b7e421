#include "enclave/process/vdso_mapping.h"

namespace farl {

Result<uint64_t> map_vdso(Process&) { return Errno::Enosys; }

} // namespace farl
