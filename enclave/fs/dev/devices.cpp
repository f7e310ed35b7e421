#include "enclave/fs/dev/devices.h"

#include "enclave/crypto/random.h"

#include <linux/random.h>

namespace farl {

namespace {

constexpr uint64_t kDevicesMagic = 0x01021994; // devtmpfs is a TMPFS_MAGIC
constexpr uint64_t kDeviceFileSystem = 6;      // st_dev of /dev
constexpr char const* kPaths[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom" };

// /dev/zero behind mmap(2): fresh pages are zero, and nothing keeps what is stored.
class ZeroPages final : public MappedObject {
public:
    Result<size_t> read(uint64_t, uint64_t, size_t size) override { return size; }
    Result<> write_back(uint64_t, uint64_t, size_t) override { return {}; }
    MappedIdentity identity() const override { return { 0, kDeviceFileSystem, 5, "/dev/zero" }; }
};

Result<size_t> fill_with_random(Sink const& sink)
{
    uint8_t bytes[256];
    size_t done = 0;
    while (done < sink.size()) {
        auto count = sink.size() - done < sizeof(bytes) ? sink.size() - done : sizeof(bytes);
        fill_random(bytes, count);
        TRY(sink.copy_from(done, bytes, count));
        done += count;
    }
    return done;
}

} // namespace

Result<Ref<File>> Device::open(DeviceKind kind, uint32_t flags)
{
    constexpr uint32_t kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
    if ((flags & O_DIRECT) && !(flags & O_PATH))
        return Errno::Einval;
    auto* device = new (std::nothrow) Device(kind, (flags & ~kOpenOnly) | 0100000);
    if (!device)
        return Errno::Enomem;
    auto file = adopt_ref<File>(*device);
    TRY(file->set_path(kPaths[static_cast<size_t>(kind)]));
    return file;
}

Result<size_t> Device::read(Sink const& sink)
{
    switch (kind_) {
    case DeviceKind::Null:
        return size_t { 0 };
    case DeviceKind::Random:
    case DeviceKind::Urandom:
        return fill_with_random(sink);
    default:
        return sink.fill_zero_prefix(0, sink.size());
    }
}

Result<size_t> Device::write(Source const& source)
{
    if (kind_ == DeviceKind::Full)
        return Errno::Enospc;
    return source.size(); // nobody looks at it; the generator takes no seed from outside
}

Result<struct stat> Device::status()
{
    struct stat status { };
    status.st_dev = kDeviceFileSystem;
    status.st_ino = number(kind_);
    status.st_mode = S_IFCHR | 0666;
    status.st_nlink = 1;
    status.st_rdev = number(kind_);
    status.st_blksize = 4096;
    return status;
}

Result<struct statfs> Device::file_system_status() { return anonymous_file_system_status(kDevicesMagic); }

Result<uint64_t> Device::control(uint64_t request, uint64_t argument)
{
    constexpr int kEntropyBits = 256;
    bool is_random = kind_ == DeviceKind::Random || kind_ == DeviceKind::Urandom;
    if (!is_random || request != RNDGETENTCNT)
        return Errno::Enotty;
    TRY(copy_to_user(argument, &kEntropyBits, sizeof(kEntropyBits)));
    return uint64_t { 0 };
}

Result<Ref<MappedObject>> Device::mapping()
{
    if (kind_ != DeviceKind::Zero)
        return Errno::Enodev;
    return Ref<MappedObject>(TRY(make_ref<ZeroPages>()));
}

} // namespace farl
