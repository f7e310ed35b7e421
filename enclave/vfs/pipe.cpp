#include "enclave/vfs/pipe.h"

#include <fcntl.h>
#include <sys/ioctl.h>

namespace farl {

PipeEnd::PipeEnd(Ref<PipeQueue> queue, uint32_t status_flags) : File(status_flags), queue_(std::move(queue))
{
    user_.readiness = &readiness_;
    user_.reads = is_readable();
    user_.writes = is_writable();
    queue_->attach(user_);
}

PipeEnd::~PipeEnd() { queue_->detach(user_); }

Result<struct stat> PipeEnd::status()
{
    auto status = anonymous_status(S_IFIFO | queue_->mode());
    status.st_ino = reinterpret_cast<uint64_t>(queue_.get()) >> 4; // both ends are one pipe
    queue_->describe_owner(status);
    return status;
}

Result<struct statfs> PipeEnd::file_system_status()
{
    constexpr uint64_t kPipeMagic = 0x50495045; // PIPEFS_MAGIC
    return anonymous_file_system_status(kPipeMagic);
}

Result<> PipeEnd::change_mode(uint32_t mode)
{
    queue_->set_mode(mode);
    return {};
}

Result<> PipeEnd::change_owner(uint32_t uid, uint32_t gid)
{
    queue_->set_owner(uid, gid);
    return {};
}

Result<uint64_t> PipeEnd::control(uint64_t request, uint64_t argument)
{
    if (request != FIONREAD)
        return Errno::Enotty;
    TRY(UserOut<int> { argument }.write(static_cast<int>(queue_->size())));
    return 0;
}

Result<Pipe> make_pipe(uint32_t status_flags)
{
    auto queue = TRY(PipeQueue::create(status_flags & O_DIRECT));
    auto reader = TRY(make_ref<PipeEnd>(queue, O_RDONLY | (status_flags & ~static_cast<uint32_t>(O_DIRECT))));
    auto writer = TRY(make_ref<PipeEnd>(queue, O_WRONLY | status_flags));
    return Pipe { std::move(reader), std::move(writer) };
}

} // namespace farl
