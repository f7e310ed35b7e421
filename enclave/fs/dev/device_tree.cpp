#include "enclave/fs/dev/device_tree.h"

#include "enclave/fs/dev/devices.h"

namespace farl {

namespace {

template <DeviceKind Kind>
Result<Ref<File>> open_device(Captures const&, uint32_t flags)
{
    return Device::open(Kind, flags);
}

template <DeviceKind Kind>
constexpr SyntheticNode device(std::string_view path)
{
    return { .path = path, .mode = S_IFCHR | 0666, .file = open_device<Kind>, .device = Device::number(Kind) };
}

Result<String> standard_input(Captures const&) { return String::from("/proc/self/fd/0"); }
Result<String> standard_output(Captures const&) { return String::from("/proc/self/fd/1"); }
Result<String> standard_error(Captures const&) { return String::from("/proc/self/fd/2"); }
Result<String> descriptors(Captures const&) { return String::from("/proc/self/fd"); }

// A terminal where there is none.
Result<Ref<File>> no_terminal(Captures const&, uint32_t) { return Errno::Enxio; }

// What other file systems are mounted over is here only to be listed. Terminals are the host's, if it may have a part
// in the console.
constexpr SyntheticNode kNodes[] = {
    { .path = "", .mode = S_IFDIR | 0755 },
    device<DeviceKind::Null>("null"),
    device<DeviceKind::Zero>("zero"),
    device<DeviceKind::Full>("full"),
    device<DeviceKind::Random>("random"),
    device<DeviceKind::Urandom>("urandom"),
    { .path = "fd", .mode = S_IFLNK | 0777, .target = descriptors },
    { .path = "stdin", .mode = S_IFLNK | 0777, .target = standard_input },
    { .path = "stdout", .mode = S_IFLNK | 0777, .target = standard_output },
    { .path = "stderr", .mode = S_IFLNK | 0777, .target = standard_error },
    { .path = "shm", .mode = S_IFDIR | 01777 },
    { .path = "pts", .mode = S_IFDIR | 0755 },
    { .path = "ptmx", .mode = S_IFCHR | 0666, .file = no_terminal },
    { .path = "tty", .mode = S_IFCHR | 0666, .file = no_terminal },
};

} // namespace

constinit SyntheticTree const kDeviceTree { "/dev", kNodes, 0x01021994, 6, [](struct stat&) {} };

} // namespace farl
