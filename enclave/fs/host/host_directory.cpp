// HostFile: reading a directory. The records come from outside, and programs walk them by their lengths: each is
// checked before the application sees any.
#include "enclave/fs/host/host_file.h"
#include "enclave/vfs/directory_records.h"

namespace farl {

namespace {

constexpr size_t kLargestRead = 32 * 1024;

// HOST: lengths stay inside the answer, are aligned, and hold a name that ends and has no slash.
bool is_record_honest(std::span<char const> rest)
{
    DirectoryRecord record;
    if (rest.size() < kRecordHeaderSize)
        return false;
    __builtin_memcpy(&record, rest.data(), kRecordHeaderSize);
    if (record.size > rest.size() || record.size % 8 != 0 || record.size <= kRecordHeaderSize)
        return false;
    std::string_view name { rest.data() + kRecordHeaderSize, record.size - kRecordHeaderSize };
    name = name.substr(0, name.find('\0'));
    return !name.empty() && name.size() < record.size - kRecordHeaderSize && name.find('/') == name.npos;
}

int64_t last_offset(std::span<char const> records)
{
    DirectoryRecord record {};
    while (!records.empty()) {
        __builtin_memcpy(&record, records.data(), kRecordHeaderSize);
        records = records.subspan(record.size);
    }
    return record.next;
}

bool are_records_honest(std::span<char const> records)
{
    while (!records.empty()) {
        if (!is_record_honest(records))
            return false;
        DirectoryRecord record;
        __builtin_memcpy(&record, records.data(), kRecordHeaderSize);
        records = records.subspan(record.size);
    }
    return true;
}

} // namespace

Result<size_t> HostFile::read_directory(Sink const& sink)
{
    auto wanted = sink.size() < kLargestRead ? sink.size() : kLargestRead;
    Staging staging;
    auto buffer = TRY(staging.reserve(wanted));
    auto count = TRY(checked_count(host_call(SYS_getdents64, descriptor_.number(), buffer.value(), wanted), wanted));
    Vector<char> records;
    TRY(records.resize(count));
    host_copy_in(records.data(), buffer, count);
    if (!are_records_honest(records.span()))
        return host_lied("directory of size", static_cast<int64_t>(count));
    if (auto copied = sink.copy_from(0, records.data(), count); copied.is_error()) {
        (void)seek(directory_offset_.load(), SEEK_SET);
        return copied.error();
    }
    if (count)
        directory_offset_.store(last_offset(records.span()));
    return count;
}

} // namespace farl
