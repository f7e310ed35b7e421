#include "tests/fuzz/syscalls/arguments.h"

#include "tests/fuzz/syscalls/world.h"

#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

namespace farl::fuzz {

namespace {

constexpr char const* kPaths[] { "a", "b", "c", "d", "d/x", "d/y", "link", "dangling", "loop", "f", "new", "d/new", "",
    ".", "a/", "d/", "a/x", "no/such", "./a", "d/../b", "link/", "loop/x", "new/" };
constexpr char const* kElsewhere[] { "/", "/dev/null", "/dev/zero", "/etc/passwd", "/proc/self", "/no/such", "//",
    "/dev/full", "/dev", "/proc/self/fd/3" };
constexpr char const* kDevices[] { "/dev/null", "/dev/zero", "/dev/full", "/no/such", "/dev/null/" };
constexpr char const* kNames[] { "user.one", "user.two", "user.", "one", "", "bad.name", "user.one" };
constexpr uint64_t kSizes[] { 0, 1, 2, 8, 16, 100, 128, 255, 512, 4095, 4096, 4097, 8192, 16384 };
constexpr uint64_t kBadSizes[] { 1ull << 31, ~0ull, 1ull << 63, 0x7fffffff, 65536, 1ull << 32 };
constexpr uint64_t kOffsets[] { 0, 0, 1, 5, 100, 4096, 5000, 8191, 10000, 20000, 65536 };
constexpr uint64_t kBadOffsets[] { ~0ull, 1ull << 63, (1ull << 63) - 1, ~4095ull, 1ull << 62 };
constexpr uint64_t kModes[] { 0, 0644, 0600, 0755, 0777, 0400, 01777, 04755, 0170644, 0xffffffff };
constexpr uint64_t kBadAddresses[] { 0, 8, kBuffer + kBufferSize, kReadOnly, 0x7fff'ffff'f000, 1ull << 63, ~0ull,
    0xffff'8000'0000'0000 };
constexpr uint64_t kNumbers[] { 0, 1, 2, 3, 7, 31, 100, 4096, 65536, 0x7fffffff, ~0ull, 1ull << 32, 2048, 0xfffffffe };

constexpr size_t kLongName = 256, kLongPath = 4200;

template <typename T, size_t Count>
T pick(Dice& dice, T const (&from)[Count])
{
    return dice.pick(std::span<T const>(from));
}

} // namespace

uint64_t Arguments::put_bytes(void const* bytes, size_t size)
{
    auto address = kInputs + next_input_;
    if (next_input_ + size > kInputsSize)
        return kInputs;
    memcpy(reinterpret_cast<void*>(address), bytes, size);
    next_input_ += (size + 15) / 16 * 16;
    return address;
}

uint64_t Arguments::spoiled(uint64_t address) { return dice_.one_in(24) ? pick(dice_, kBadAddresses) : address; }

uint64_t Arguments::buffer()
{
    if (dice_.one_in(16))
        return pick(dice_, kBadAddresses);
    if (dice_.one_in(8)) // close to the end, where the next page cannot be touched
        return kBuffer + kBufferSize - pick(dice_, kSizes) % 4096;
    return kBuffer + dice_.below(3) * 2048 + (dice_.one_in(4) ? dice_.below(16) : 0);
}

uint64_t Arguments::size() { return dice_.one_in(16) ? pick(dice_, kBadSizes) : pick(dice_, kSizes); }

uint64_t Arguments::offset() { return dice_.one_in(12) ? pick(dice_, kBadOffsets) : pick(dice_, kOffsets); }

uint64_t Arguments::flags(std::span<int64_t const> values)
{
    uint64_t all = 0;
    for (auto value : values)
        all |= dice_.one_in(5) ? static_cast<uint64_t>(value) : 0;
    return dice_.one_in(32) ? all | 1ull << dice_.below(34) : all;
}

uint64_t Arguments::path(Kind kind)
{
    if (dice_.one_in(24))
        return pick(dice_, kBadAddresses);
    if (dice_.one_in(24)) {
        char name[kLongPath];
        auto size = dice_.one_in(2) ? kLongName : kLongPath - 1;
        memset(name, 'n', size);
        name[size] = 0;
        return put_bytes(name, size + 1);
    }
    bool is_elsewhere = kind != Kind::Path && dice_.one_in(3);
    auto const* text = !is_elsewhere ? pick(dice_, kPaths)
        : kind == Kind::AnyPath      ? pick(dice_, kElsewhere)
                                     : pick(dice_, kDevices);
    return put_bytes(text, strlen(text) + 1);
}

uint64_t Arguments::descriptor()
{
    if (dice_.one_in(16))
        return dice_.one_in(2) ? 0 : ~0ull;
    return 3 + dice_.below(kPreparedDescriptors + 2);
}

// A device is everyone's: its mode and owner stay as they are.
uint64_t Arguments::own(uint64_t descriptor)
{
    struct stat status { };
    bool is_device = fstat(static_cast<int>(descriptor), &status) == 0 && S_ISCHR(status.st_mode);
    return is_device ? ~0ull : descriptor;
}

uint64_t Arguments::vector()
{
    iovec pieces[4];
    for (auto& piece : pieces)
        piece = { reinterpret_cast<void*>(buffer()), dice_.one_in(12) ? size() : pick(dice_, kSizes) % 5000 };
    return spoiled(put(pieces));
}

uint64_t Arguments::polled()
{
    pollfd entries[4];
    for (auto& entry : entries)
        entry = { static_cast<int>(dice_.below(kPreparedDescriptors + 4)) - 1,
            static_cast<int16_t>(dice_.next() & (POLLIN | POLLOUT | POLLPRI | POLLRDHUP)), 0 };
    return spoiled(put(entries));
}

uint64_t Arguments::socket_name()
{
    sockaddr_un local { AF_UNIX, "sock" };
    sockaddr_in internet {};
    internet.sin_family = AF_INET;
    internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    switch (dice_.below(6)) {
    case 0:
        return put(local);
    case 1:
        local.sun_path[0] = 0;
        return put(local);
    case 2:
        local.sun_family = static_cast<sa_family_t>(dice_.below(50));
        return put(local);
    case 3:
        internet.sin_port = htons(1); // nobody listens there
        return put(internet);
    default:
        return spoiled(put(internet));
    }
}

uint64_t Arguments::lock()
{
    struct flock lock { };
    lock.l_type = static_cast<int16_t>(dice_.below(4));
    lock.l_whence = static_cast<int16_t>(dice_.below(4));
    lock.l_start = static_cast<off_t>(offset());
    lock.l_len = static_cast<off_t>(offset());
    return spoiled(put(lock));
}

uint64_t Arguments::time_of(int64_t seconds_at_most, int64_t parts_a_second, int pairs)
{
    int64_t values[4];
    for (auto& value : values)
        value = 0;
    for (int i = 0; i < pairs; ++i) {
        values[2 * i] = static_cast<int64_t>(dice_.below(static_cast<uint64_t>(seconds_at_most) + 1));
        values[2 * i + 1] = dice_.one_in(6) ? parts_a_second : dice_.one_in(12) ? -1 : 0;
    }
    return spoiled(put(values));
}

uint64_t Arguments::make(Argument const& argument)
{
    switch (argument.kind) {
    case Kind::None:
    case Kind::Zero:
        return 0;
    case Kind::Fd:
        return descriptor();
    case Kind::OwnFd:
        return own(descriptor());
    case Kind::Target:
        return dice_.one_in(16) ? ~0ull : 3 + dice_.below(kMostDescriptors - 3);
    case Kind::Directory:
        return dice_.one_in(4) ? descriptor() : static_cast<uint64_t>(AT_FDCWD);
    case Kind::OwnDirectory:
        return dice_.one_in(4) ? own(descriptor()) : static_cast<uint64_t>(AT_FDCWD);
    case Kind::Path:
    case Kind::AnyPath:
    case Kind::DevicePath:
        return path(argument.kind);
    case Kind::Name: {
        auto const* name = pick(dice_, kNames);
        return spoiled(put_bytes(name, strlen(name) + 1));
    }
    case Kind::Buffer:
        return buffer();
    case Kind::Size:
        return size();
    case Kind::Offset:
        return offset();
    case Kind::Address:
        return kMappings + dice_.below(kMappingsSize / kPage) * kPage + (dice_.one_in(16) ? 8 : 0);
    case Kind::Length:
        return dice_.one_in(12) ? size() : (1 + dice_.below(6)) * kPage;
    case Kind::Mode:
        return pick(dice_, kModes);
    case Kind::Flags:
        return flags(argument.values);
    case Kind::Choice:
        return static_cast<uint64_t>(dice_.pick(argument.values));
    case Kind::Number:
        return pick(dice_, kNumbers);
    case Kind::Vector:
        return vector();
    case Kind::VectorCount:
        return dice_.one_in(12) ? pick(dice_, kNumbers) : dice_.below(5);
    case Kind::OffsetPointer:
        return dice_.one_in(2) ? 0 : spoiled(put(offset()));
    case Kind::NumberPointer:
        return spoiled(put(pick(dice_, kNumbers)));
    case Kind::NoWait:
        return time_of(0, 0, 0);
    case Kind::MicroTime:
        return time_of(0, 1'000'000, 2);
    case Kind::Timer:
        return time_of(2, 1'000'000'000, 2);
    case Kind::SocketName:
        return socket_name();
    case Kind::Lock:
        return lock();
    case Kind::Polled:
        return polled();
    case Kind::DescriptorSet: {
        uint64_t set[16] { dice_.next() & dice_.next() & 0x1ffffff };
        return dice_.one_in(3) ? 0 : spoiled(put(set));
    }
    case Kind::Event: {
        epoll_event event { static_cast<uint32_t>(dice_.next())
                & (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET | EPOLLONESHOT),
            { .u64 = dice_.below(100) } };
        return spoiled(put(event));
    }
    case Kind::SignalSet:
        return spoiled(put(dice_.below(1 << 12) & ~0x100ull));
    }
    return 0;
}

} // namespace farl::fuzz
