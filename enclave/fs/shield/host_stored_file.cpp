#include "enclave/fs/shield/host_stored_file.h"

#include "abi/formats/fspf.h"
#include "enclave/hostcall/log.h"

namespace farl {

namespace {

constexpr size_t kChunk = 1024 * 1024;

std::string_view describe(Tampering what)
{
    switch (what) {
    case Tampering::Missing:
        return " is missing: the host has cut it off";
    case Tampering::Absent:
        return " cannot be read: the host does not have the file";
    default:
        return " is not what the image was made with: the host has changed it";
    }
}

} // namespace

Result<Owned<StoredFile>> HostStoredFile::create_data(
    OpenStoredFiles& open_files, uint64_t data_number, uint64_t number)
{
    auto file = TRY(make_owned<HostStoredFile>(open_files, std::string_view {}, number));
    char name[17];
    for (int i = 0; i < 16; ++i)
        name[i] = "0123456789abcdef"[data_number >> (60 - 4 * i) & 15];
    TRY(file->own_path_.append(formats::kDataDirectory));
    TRY(file->own_path_.append('/'));
    TRY(file->own_path_.append({ name, 16 }));
    file->path_ = file->own_path_.view();
    return Owned<StoredFile>(std::move(file));
}

Result<size_t> HostStoredFile::read(uint64_t offset, std::span<std::byte> bytes)
{
    auto const open = TRY(open_files_.open(*this));
    size_t done = 0;
    while (done < bytes.size()) {
        Staging staging;
        auto const wanted = bytes.size() - done < kChunk ? bytes.size() - done : kChunk;
        auto buffer = TRY(staging.reserve(wanted));
        // HOST: the count is at most what was asked for; what the bytes are is for whoever verifies them, here inside.
        auto const count = TRY(
            checked_count(host_call(SYS_pread64, open->host.number(), buffer.value(), wanted, offset + done), wanted));
        if (!count)
            break;
        host_copy_in(bytes.data() + done, buffer, count);
        done += count;
    }
    return done;
}

// By the name that the host knows, which for an encrypted file is not its own.
void HostStoredFile::report(Tampering what, uint32_t level, uint64_t index)
{
    Log line(LogLevel::Error);
    line << path_ << ": ";
    if (level)
        line << "node " << index << " of level " << level << " of its seals in " << formats::kTreesPath;
    else
        line << "block " << index;
    line << describe(what);
}

Result<Ref<OpenStoredFiles::Descriptor>> OpenStoredFiles::open(HostStoredFile const& file)
{
    auto& place = places_[file.number() % kMost];
    {
        LockGuard guard(lock_);
        if (place.number == file.number())
            return place.descriptor;
    }
    auto opened = TRY(make_ref<Descriptor>(
        TRY(open_inside(root_, file.path(), { .flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY }))));
    Ref<Descriptor> old; // closed when the lock is free
    LockGuard guard(lock_);
    old = std::move(place.descriptor);
    place = { file.number(), opened };
    return opened;
}

} // namespace farl
