// HostVolumeDevice: the store of a volume in one file of the host. What is read is whatever the host likes: VolumeStore
// verifies it.
#pragma once

#include "base/owned.h"
#include "enclave/fs/volume/volume_device.h"
#include "enclave/hostcall/channel.h"

namespace farl {

// Asked before anything is written.
class WritePermit {
public:
    virtual ~WritePermit() = default;
    // EIO: the volume is another enclave's, or may be.
    virtual Result<> may_write() = 0;
};

class HostVolumeDevice final : public VolumeDevice {
public:
    // `host_path` as the launcher sees it; the file is made if it is not there. The permit outlives the device. EAGAIN:
    // another process of this host has it. Whatever open(2) says.
    static Result<Owned<HostVolumeDevice>> open(std::string_view host_path, WritePermit& permit);

    Result<> read(uint32_t slot, std::span<SlotBytes const> places) override;
    Result<> write(uint32_t slot, std::span<std::byte const> bytes) override;
    Result<> sync() override;

private:
    HostVolumeDevice(HostDescriptor file, uint64_t size, WritePermit& permit)
        : file_(std::move(file)),
          size_(size),
          permit_(permit)
    {
    }
    Result<> write_at(uint64_t position, std::span<std::byte const> bytes);
    void grow_ahead();

    HostDescriptor file_;
    uint64_t size_; // of the file; only one caller at a time writes
    WritePermit& permit_;
};

} // namespace farl
