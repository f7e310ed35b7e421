#include "owner/quote/collateral_directory.h"

#include "owner/digest/hexadecimal.h"
#include "owner/launch/file_descriptor.h"
#include "owner/quote/refusal.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

namespace farl::owner {

namespace {

namespace filesystem = std::filesystem;

[[noreturn]] void fail(filesystem::path const& path)
{
    throw std::system_error(errno, std::generic_category(), path.string());
}

void write_all(int file, std::string_view bytes, filesystem::path const& path)
{
    while (!bytes.empty()) {
        auto count = write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            fail(path);
        bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    }
}

// Whole or not there, also after a loss of power.
void replace(filesystem::path const& path, std::string_view contents, int directory)
{
    auto temporary = path.string() + ".XXXXXX";
    FileDescriptor file(mkostemp(temporary.data(), O_CLOEXEC));
    if (!file)
        fail(path);
    try {
        write_all(file.get(), contents, path);
        if (fchmod(file.get(), 0644) || fsync(file.get()) || rename(temporary.c_str(), path.c_str())
            || fsync(directory))
            fail(path);
    } catch (...) {
        unlink(temporary.c_str());
        throw;
    }
}

// Held while what is kept is compared and replaced.
FileDescriptor locked(filesystem::path const& path)
{
    filesystem::create_directories(path);
    FileDescriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || flock(directory.get(), LOCK_EX))
        fail(path);
    return directory;
}

std::string contents(filesystem::path const& path)
{
    // Whatever stands there: a FIFO would never open, a device never end.
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status { };
    if (!file || fstat(file.get(), &status) || !S_ISREG(status.st_mode))
        throw Refusal(RefusalReason::NoCollateral, fmt::format("{} is no file that can be read", path.string()));
    std::string text(kLargestCollateral + 1, '\0');
    auto count = read(file.get(), text.data(), text.size());
    if (count < 0 || static_cast<size_t>(count) > kLargestCollateral)
        throw Refusal(RefusalReason::MalformedCollateral,
            fmt::format("{} cannot be read, or is too large for collateral", path.string()));
    text.resize(static_cast<size_t>(count));
    return text;
}

} // namespace

// XDG Base Directory Specification: other than absolute paths are to be ignored.
std::string CollateralDirectory::path_of_user()
{
    auto const* chosen = std::getenv("XDG_CACHE_HOME");
    if (chosen && chosen[0] == '/')
        return std::string(chosen) + "/farl/collateral";
    auto const* home = std::getenv("HOME");
    return home && home[0] == '/' ? std::string(home) + "/.cache/farl/collateral" : std::string();
}

Collateral CollateralDirectory::keep(std::string const& json, time_t now) const
{
    auto collateral = Collateral::parse(json);
    collateral.verify(roots_, now);
    auto path = path_of(collateral.family());
    auto directory = locked(path_);
    refuse_older(collateral, path);
    replace(path, json, directory.get());
    return collateral;
}

void CollateralDirectory::refuse_older(Collateral const& collateral, filesystem::path const& kept) const
{
    std::optional<Collateral> known;
    try {
        known = read(kept);
        known->verify(roots_, known->valid_from());
    } catch (Refusal const&) {
        return; // there is none, or it is damaged: nothing that could be newer
    }
    if (auto const* part = collateral.part_older_than(*known))
        throw Refusal(RefusalReason::OlderCollateral,
            fmt::format("its {} is older than the one that is kept in {}: ask a server that is up to date", part,
                kept.string()));
}

Collateral CollateralDirectory::load(PlatformFamily const& family) const
{
    auto path = path_of(family);
    std::error_code error;
    if (path_.empty() || !filesystem::exists(path, error))
        throw Refusal(RefusalReason::NoCollateral,
            fmt::format("there is no collateral for platforms with FMSPC {} of the {} CA; get it with {}",
                to_hex(family.fmspc), name_of(family.authority), update_command(family)));
    return read(path);
}

std::vector<filesystem::path> CollateralDirectory::files() const
{
    std::vector<filesystem::path> files;
    std::error_code error; // no directory, no files
    for (auto const& entry : filesystem::directory_iterator(path_, error)) {
        if (entry.path().extension() == ".json")
            files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

Collateral CollateralDirectory::read(filesystem::path const& file) { return Collateral::parse(contents(file)); }

} // namespace farl::owner
