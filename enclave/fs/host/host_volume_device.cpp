#include "enclave/fs/host/host_volume_device.h"

#include "enclave/fs/host/host_opening.h"

#include <fcntl.h>
#include <sys/file.h>

namespace farl {

namespace {

constexpr size_t kMostAtOnce = 256 * 1024; // of host memory

constexpr size_t kGrowth = 256 * 1024; // what is written at once grows by itself

uint64_t position_of(uint32_t slot) { return uint64_t { slot } * formats::kVolumeSlotSize; }

} // namespace

// HOST: the lock keeps honest mistakes apart. What keeps a volume one enclave's is the lease at the CAS.
Result<Owned<HostVolumeDevice>> HostVolumeDevice::open(std::string_view host_path, WritePermit& permit)
{
    Staging staging;
    auto path = TRY(staging.put_string(host_path));
    auto file = TRY(checked_descriptor(host_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600)));
    TRY(checked_status(host_call(SYS_flock, file.number(), LOCK_EX | LOCK_NB)));
    // HOST: the size is a claim. Where new room begins is all that depends on it, and what is there is the host's
    // anyway.
    auto const size = TRY(checked_offset(host_call(SYS_lseek, file.number(), 0, SEEK_END)));
    Owned<HostVolumeDevice> device(new (std::nothrow) HostVolumeDevice(std::move(file), size, permit));
    return device ? Result<Owned<HostVolumeDevice>>(std::move(device)) : Errno::Enomem;
}

Result<> HostVolumeDevice::read(uint32_t slot, std::span<SlotBytes const> places)
{
    constexpr auto kSize = formats::kVolumeSlotSize;
    while (!places.empty()) {
        auto const size = places.size() * kSize < kMostAtOnce ? places.size() * kSize : kMostAtOnce;
        Staging staging;
        auto room = TRY(staging.reserve(size));
        auto const count =
            TRY(checked_count(host_call(SYS_pread64, file_.number(), room.value(), size, position_of(slot)), size));
        // A file that ends within a slot does not have it. Hosts cut reads short elsewhere, but not within a page.
        auto const whole = count / kSize;
        if (whole == 0)
            return Errno::Eio;
        for (size_t i = 0; i < whole; ++i)
            host_copy_in(places[i].data(), room + i * kSize, kSize);
        places = places.subspan(whole);
        slot += static_cast<uint32_t>(whole);
    }
    return {};
}

// HOST: that it is written is a claim; so is the next one, that it is on the disk.
Result<> HostVolumeDevice::write(uint32_t slot, std::span<std::byte const> bytes)
{
    TRY(permit_.may_write());
    bool const is_piece = bytes.size() < kGrowth;
    auto const end = position_of(slot) + bytes.size();
    TRY(write_at(position_of(slot), bytes));
    if (end <= size_)
        return {};
    size_ = end;
    if (is_piece)
        grow_ahead();
    return {};
}

// To make durable that a file has grown takes the host's file system longer than to make durable what was overwritten.
// So where a file grows by small pieces there is room for the next ones. If it cannot be had, they will make it.
void HostVolumeDevice::grow_ahead()
{
    static constexpr std::array<std::byte, formats::kVolumeSlotSize> kZeros {};
    Staging staging;
    auto const room = staging.reserve(kGrowth);
    if (room.is_error())
        return;
    for (size_t done = 0; done < kGrowth; done += kZeros.size())
        host_copy_out(room.value() + done, kZeros.data(), kZeros.size());
    auto const count =
        checked_count(host_call(SYS_pwrite64, file_.number(), room.value().value(), kGrowth, size_), kGrowth);
    size_ += count ? count.value() : 0;
}

Result<> HostVolumeDevice::write_at(uint64_t position, std::span<std::byte const> bytes)
{
    while (!bytes.empty()) {
        auto const size = bytes.size() < kMostAtOnce ? bytes.size() : kMostAtOnce;
        Staging staging;
        auto staged = TRY(staging.put(bytes.data(), size));
        auto const count =
            TRY(checked_count(host_call(SYS_pwrite64, file_.number(), staged.value(), size, position), size));
        if (count == 0)
            return Errno::Eio;
        bytes = bytes.subspan(count);
        position += count;
    }
    return {};
}

Result<> HostVolumeDevice::sync()
{
    TRY(permit_.may_write());
    return checked_status(host_call_to_its_end(SYS_fdatasync, file_.number()));
}

} // namespace farl
