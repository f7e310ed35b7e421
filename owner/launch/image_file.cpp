#include "owner/launch/image_file.h"

#include "owner/launch/file_descriptor.h"

#include <array>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>

namespace farl::owner {

bool looks_like_image(std::string const& path)
{
    struct stat status { };
    if (stat(path.c_str(), &status))
        return false;
    if (S_ISDIR(status.st_mode))
        return access((path + "/index.json").c_str(), F_OK) == 0;
    if (!S_ISREG(status.st_mode))
        return false;
    FileDescriptor const file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 512> start {};
    auto const count = pread(file.get(), start.data(), start.size(), 0);
    std::string_view const text(start.data(), count > 0 ? static_cast<size_t>(count) : 0);
    return text.starts_with("\x1f\x8b") || text.starts_with("\x28\xb5\x2f\xfd")
        || (text.size() == start.size() && text.substr(257, 5) == "ustar");
}

} // namespace farl::owner
