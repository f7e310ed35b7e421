#include "enclave/fs/host/host_status.h"

#include "base/format.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr size_t kLongestPath = 4096;
constexpr size_t kLargestAttribute = 64 * 1024; // XATTR_SIZE_MAX, XATTR_LIST_MAX

size_t at_most(size_t size, size_t most) { return size < most ? size : most; }

} // namespace

Result<struct stat> host_status(int directory, HostAddress name, int flags, Staging& staging)
{
    auto out = TRY(staging.reserve(sizeof(struct stat)));
    TRY(checked_status(host_call(SYS_newfstatat, directory, name.value(), out.value(), flags)));
    // HOST: plain values, of which only the type is used by us; an application takes them as it would outside.
    return host_read<struct stat>(out);
}

Result<struct stat> host_status(int descriptor)
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(struct stat)));
    TRY(checked_status(host_call(SYS_fstat, descriptor, out.value())));
    // HOST: as above.
    return host_read<struct stat>(out);
}

Result<ExtendedStatus> host_extended_status(int directory, HostAddress name, int flags, uint32_t mask, Staging& staging)
{
    auto out = TRY(staging.put_object(ExtendedStatus {}));
    TRY(checked_status(host_call(SYS_statx, directory, name.value(), flags, mask, out.value())));
    // HOST: plain values for the application.
    return host_read<ExtendedStatus>(out);
}

Result<struct statfs> host_file_system_status(int descriptor)
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(struct statfs)));
    TRY(checked_status(host_call(SYS_fstatfs, descriptor, out.value())));
    // HOST: plain values for the application.
    return host_read<struct statfs>(out);
}

Result<String> host_link_target(int directory, HostAddress name, Staging& staging)
{
    auto out = TRY(staging.reserve(kLongestPath));
    auto size =
        TRY(checked_count(host_call(SYS_readlinkat, directory, name.value(), out.value(), kLongestPath), kLongestPath));
    auto target = TRY(String::of_size(size));
    host_copy_in(target.data(), out, size);
    // HOST: a link's text is any bytes without a NUL, and not empty.
    if (target.is_empty() || target.view().find('\0') != std::string_view::npos)
        return host_lied("link of length", static_cast<int64_t>(size));
    return target;
}

Result<String> host_descriptor_link(int descriptor)
{
    char buffer[40];
    Formatter text(buffer);
    text << "/proc/self/fd/" << descriptor;
    return String::from(text.view());
}

Result<HostAddress> put_descriptor_link(Staging& staging, int descriptor)
{
    return staging.put_string(TRY(host_descriptor_link(descriptor)));
}

Result<String> host_descriptor_path(int descriptor)
{
    Staging staging;
    auto link = TRY(put_descriptor_link(staging, descriptor));
    return host_link_target(AT_FDCWD, link, staging);
}

Result<size_t> host_get_attribute(
    uint64_t number, uint64_t file, std::string_view name, Sink const& sink, Staging& staging)
{
    auto staged_name = TRY(staging.put_string(name));
    auto room = at_most(sink.size(), kLargestAttribute);
    auto out = TRY(staging.reserve(room));
    auto answer = host_call(number, file, staged_name.value(), out.value(), room);
    // HOST: with no room the answer is only the size the value would need.
    auto size = TRY(checked_count(answer, room ? room : kLargestAttribute));
    if (room)
        TRY(sink.copy_from_host(0, out, size));
    return size;
}

Result<> host_set_attribute(
    uint64_t number, uint64_t file, std::string_view name, Source const& source, int flags, Staging& staging)
{
    if (source.size() > kLargestAttribute)
        return Errno::E2big;
    auto staged_name = TRY(staging.put_string(name));
    auto value = TRY(staging.put(source, 0, source.size()));
    return checked_status(host_call(number, file, staged_name.value(), value.value(), source.size(), flags));
}

Result<size_t> host_list_attributes(uint64_t number, uint64_t file, Sink const& sink, Staging& staging)
{
    auto room = at_most(sink.size(), kLargestAttribute);
    auto out = TRY(staging.reserve(room));
    // HOST: with no room the answer is only the size the list would need.
    auto size = TRY(checked_count(host_call(number, file, out.value(), room), room ? room : kLargestAttribute));
    if (room)
        TRY(sink.copy_from_host(0, out, size));
    return size;
}

} // namespace farl
