// HostFile: ioctl(2). Only requests whose argument has a known size and holds no pointer pass.
#include "enclave/fs/host/host_file.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

namespace farl {

namespace {

enum class Argument : uint8_t { Value, In, Out, InOut };

struct Request {
    uint64_t number;
    Argument argument;
    uint8_t size; // of what the argument points to
};

constexpr uint8_t kTermiosSize = 36, kTermios2Size = 44, kOldTermioSize = 18; // the kernel's, not the C library's

constexpr Request kRequests[] = {
    { TCGETS, Argument::Out, kTermiosSize },
    { TCSETS, Argument::In, kTermiosSize },
    { TCSETSW, Argument::In, kTermiosSize },
    { TCSETSF, Argument::In, kTermiosSize },
    { 0x802c542a, Argument::Out, kTermios2Size }, // TCGETS2, TCSETS2, TCSETSW2, TCSETSF2
    { 0x402c542b, Argument::In, kTermios2Size },
    { 0x402c542c, Argument::In, kTermios2Size },
    { 0x402c542d, Argument::In, kTermios2Size },
    { TCGETA, Argument::Out, kOldTermioSize },
    { TCSETA, Argument::In, kOldTermioSize },
    { TCSETAW, Argument::In, kOldTermioSize },
    { TCSETAF, Argument::In, kOldTermioSize },
    { TCSBRK, Argument::Value, 0 },
    { TCSBRKP, Argument::Value, 0 },
    { TCXONC, Argument::Value, 0 },
    { TCFLSH, Argument::Value, 0 },
    { TIOCEXCL, Argument::Value, 0 },
    { TIOCNXCL, Argument::Value, 0 },
    { TIOCSCTTY, Argument::Value, 0 },
    { TIOCNOTTY, Argument::Value, 0 },
    { TIOCGPGRP, Argument::Out, 4 },
    { TIOCSPGRP, Argument::In, 4 },
    { TIOCGSID, Argument::Out, 4 },
    { TIOCOUTQ, Argument::Out, 4 },
    { TIOCINQ, Argument::Out, 4 }, // FIONREAD
    { TIOCGWINSZ, Argument::Out, 8 },
    { TIOCSWINSZ, Argument::In, 8 },
    { TIOCMGET, Argument::Out, 4 },
    { TIOCMSET, Argument::In, 4 },
    { TIOCMBIS, Argument::In, 4 },
    { TIOCMBIC, Argument::In, 4 },
    { TIOCGSOFTCAR, Argument::Out, 4 },
    { TIOCSSOFTCAR, Argument::In, 4 },
    { TIOCGETD, Argument::Out, 4 },
    { TIOCSETD, Argument::In, 4 },
    { TIOCPKT, Argument::In, 4 },
    { TIOCGPKT, Argument::Out, 4 },
    { TIOCGPTN, Argument::Out, 4 },
    { TIOCSPTLCK, Argument::In, 4 },
    { TIOCGPTLCK, Argument::Out, 4 },
    { TIOCVHANGUP, Argument::Value, 0 },
    { FIOASYNC, Argument::In, 4 },
    { FIOQSIZE, Argument::Out, 8 },
    { FIGETBSZ, Argument::Out, 4 },
    { FS_IOC_GETFLAGS, Argument::Out, 4 },
    { FS_IOC_SETFLAGS, Argument::In, 4 },
    { FS_IOC_GETVERSION, Argument::Out, 4 },
};

Request const* find_request(uint64_t number)
{
    for (auto const& request : kRequests)
        if (request.number == number)
            return &request;
    return nullptr;
}

} // namespace

Result<uint64_t> HostFile::control(uint64_t number, uint64_t argument)
{
    auto const* request = find_request(number);
    if (!request)
        return Errno::Enotty;
    auto descriptor = static_cast<uint64_t>(descriptor_.number());
    if (request->argument == Argument::Value) {
        TRY(checked_status(host_call_on_terminal(SYS_ioctl, { descriptor, number, argument })));
        return uint64_t { 0 };
    }
    Staging staging;
    uint8_t bytes[64] {};
    bool is_input = request->argument != Argument::Out;
    if (is_input)
        TRY(copy_from_user(bytes, argument, request->size));
    auto staged = TRY(staging.put(bytes, request->size));
    TRY(checked_status(host_call_on_terminal(SYS_ioctl, { descriptor, number, staged.value() })));
    // HOST: a fixed number of bytes, plain values for the application.
    if (request->argument != Argument::In) {
        host_copy_in(bytes, staged, request->size);
        TRY(copy_to_user(argument, bytes, request->size));
    }
    return uint64_t { 0 };
}

} // namespace farl
