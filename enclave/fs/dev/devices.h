// The devices that need no host: /dev/null, zero, full, random, urandom.
#pragma once

#include "enclave/vfs/file.h"

namespace farl {

enum class DeviceKind : uint8_t { Null, Zero, Full, Random, Urandom };

class Device final : public File {
public:
    static Result<Ref<File>> open(DeviceKind kind, uint32_t flags);
    // st_rdev
    static constexpr uint64_t number(DeviceKind kind)
    {
        constexpr uint64_t kMinors[] = { 3, 5, 7, 8, 9 };
        return 1 << 8 | kMinors[static_cast<size_t>(kind)];
    }

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<size_t> read_at(uint64_t, Sink const& sink) override { return read(sink); }
    Result<size_t> write_at(uint64_t, Source const& source) override { return write(source); }
    bool has_positions() const override { return true; }
    Result<uint64_t> seek(int64_t, int) override { return uint64_t { 0 }; }
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<Ref<MappedObject>> mapping() override;
    Result<Ref<File>> reopen(uint32_t flags) override { return open(kind_, flags); }

private:
    Device(DeviceKind kind, uint32_t flags) : File(flags), kind_(kind) { }

    DeviceKind kind_;
};

} // namespace farl
