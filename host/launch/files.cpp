#include "host/launch/files.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace farl::host {

Result<MappedFile> MappedFile::open(char const* path)
{
    int descriptor = path ? ::open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0)
        return Errno::Enoent;
    auto file = from_descriptor(descriptor);
    close(descriptor);
    return file;
}

Result<MappedFile> MappedFile::from_descriptor(int descriptor)
{
    struct stat status { };
    if (fstat(descriptor, &status) != 0)
        return static_cast<Errno>(errno);
    auto size = static_cast<size_t>(status.st_size);
    auto* mapped = mmap(nullptr, size ? size : 1, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped == MAP_FAILED)
        return static_cast<Errno>(errno);
    return MappedFile({ static_cast<std::byte const*>(mapped), size });
}

MappedFile::~MappedFile()
{
    if (!bytes_.empty())
        munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

} // namespace farl::host
