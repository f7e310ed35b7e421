#include "enclave/console/terminal.h"

namespace farl {

Result<Ref<File>> Terminal::open(uint32_t flags)
{
    constexpr uint32_t kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
    Ref<File> file = TRY(make_ref<TerminalFile>(Ref(*this), flags & ~kOpenOnly));
    TRY(file->set_path("/dev/pts/0"));
    return file;
}

TerminalFile::TerminalFile(Ref<Terminal> terminal, uint32_t flags) : File(flags), terminal_(std::move(terminal))
{
    LockGuard guard(terminal_->lock_);
    terminal_->files_.push_back(*this);
}

TerminalFile::~TerminalFile()
{
    end_watches();
    LockGuard guard(terminal_->lock_);
    terminal_->files_.remove(*this);
}

Result<size_t> TerminalFile::read(Sink const& sink) { return terminal_->read(sink, !is_nonblocking()); }

Result<size_t> TerminalFile::write(Source const& source) { return terminal_->write(source, !is_nonblocking()); }

Result<struct stat> TerminalFile::status() { return terminal_->process_.device_status(); }

Result<struct statfs> TerminalFile::file_system_status()
{
    constexpr uint64_t kDevPtsMagic = 0x1cd1;
    return anonymous_file_system_status(kDevPtsMagic);
}

Result<uint64_t> TerminalFile::control(uint64_t request, uint64_t argument)
{
    return terminal_->control(request, argument);
}

Result<Ref<File>> TerminalFile::reopen(uint32_t flags) { return terminal_->open(flags); }

uint32_t TerminalFile::ready_events() { return terminal_->ready_events(); }

} // namespace farl
