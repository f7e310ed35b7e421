#include "tests/hostile/recorder.h"

#include <climits>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace farl::host {

using recording::Event;
using recording::Kind;

Recorder::Recorder(std::string suffix, std::string const& output)
    : suffix_(std::move(suffix)),
      output_(fopen(output.c_str(), "we"))
{
    if (!output_)
        throw std::runtime_error("cannot write " + output);
}

Recorder::~Recorder() { fclose(output_); }

bool Recorder::is_recorded(uint64_t descriptor) const
{
    char path[PATH_MAX];
    auto link = "/proc/self/fd/" + std::to_string(descriptor);
    auto size = readlink(link.c_str(), path, sizeof(path));
    return size > 0 && std::string_view(path, static_cast<size_t>(size)).ends_with(suffix_);
}

// Written at once: the launcher ends without telling anybody.
void Recorder::add(Event const& event, std::string_view bytes)
{
    fwrite(&event, sizeof(event), 1, output_);
    fwrite(bytes.data(), 1, bytes.size(), output_);
    fflush(output_);
}

void Recorder::note_text(void const* bytes, size_t size)
{
    add({ Kind::Text, 0, 0, size }, { static_cast<char const*>(bytes), size });
}

void Recorder::before(HostCall& call)
{
    std::lock_guard guard(lock_);
    bool is_write = call.is(SYS_pwrite64), is_sync = call.is(SYS_fdatasync) || call.is(SYS_fsync);
    if ((is_write || is_sync) && is_recorded(call.argument(0))) {
        auto const number = outstanding_[call.slot] = next_++;
        if (is_write)
            add({ Kind::Write, number, call.argument(3), call.argument(2) },
                { &call.memory<char>(1), call.argument(2) });
        else
            add({ Kind::Sync, number, 0, 0 }, {});
    } else if (call.is(SYS_write) || call.is(SYS_sendto)) {
        note_text(&call.memory<char>(1), call.argument(2));
    } else if (call.is(SYS_writev)) {
        auto const* pieces = &call.memory<iovec>(1);
        for (uint64_t i = 0; i < call.argument(2); ++i)
            note_text(pieces[i].iov_base, pieces[i].iov_len);
    }
}

void Recorder::after(HostCall& call)
{
    std::lock_guard guard(lock_);
    auto found = outstanding_.find(call.slot);
    if (found == outstanding_.end())
        return;
    add({ call.slot->result < 0 ? Kind::Failure : Kind::End, found->second, 0, 0 }, {});
    outstanding_.erase(found);
}

} // namespace farl::host
