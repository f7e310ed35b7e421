#include "owner/oci/image_cache.h"

#include "owner/launch/cache_directory.h"
#include "owner/launch/user_error.h"
#include "owner/oci/unpacker.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

namespace fs = std::filesystem;

// Only this user's: files of an image may be anything, and have any mode.
std::string images_directory()
{
    auto const cache = cache_directory_of_user();
    if (cache.empty())
        throw UserError(kBadUsage, "nowhere to unpack the image: set HOME or XDG_CACHE_HOME");
    auto directory = cache + "/images";
    std::error_code error;
    fs::create_directories(directory, error);
    if (error || chmod(directory.c_str(), 0700))
        throw UserError(kFarlFailed, fmt::format("{}: {}", directory, error ? error.message() : std::strerror(errno)));
    return directory;
}

class PartialDirectory {
public:
    explicit PartialDirectory(std::string const& parent) : path_(parent + "/partial-XXXXXX")
    {
        if (!mkdtemp(path_.data()))
            throw UserError(kFarlFailed, fmt::format("{}: {}", parent, std::strerror(errno)));
    }
    PartialDirectory(PartialDirectory const&) = delete;
    ~PartialDirectory()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    std::string const& path() const { return path_; }

    // Somebody else may have been faster: then theirs stays.
    void move_to(std::string const& place) const
    {
        if (chmod(path_.c_str(), 0755)
            || (rename(path_.c_str(), place.c_str()) && errno != EEXIST && errno != ENOTEMPTY))
            throw UserError(kFarlFailed, fmt::format("{}: {}", place, std::strerror(errno)));
    }

private:
    std::string path_;
};

} // namespace

std::string unpacked(ImageReader const& image, std::function<void(uint64_t done, uint64_t total)> const& progress)
{
    auto const images = images_directory();
    auto const place = images + "/" + image.digest().substr(image.digest().find(':') + 1);
    if (fs::is_directory(place))
        return place;
    uint64_t read = 0;
    auto const layer_done = [&](size_t) { progress(++read, 2 * image.layer_count()); };
    FlattenedImage const flattened(image, {}, layer_done);
    PartialDirectory const partial(images);
    unpack(flattened, partial.path(), layer_done);
    partial.move_to(place);
    return place;
}

} // namespace farl::owner
