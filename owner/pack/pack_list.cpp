#include "owner/pack/pack_list.h"

#include "owner/launch/user_error.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40; // ELOOP on Linux

std::string without_slash(std::string const& path) { return path.substr(path.find_first_not_of('/')); }
std::string directory_of(std::string const& path) { return path.substr(0, path.rfind('/')); }

struct stat status_of(std::string const& path)
{
    struct stat status { };
    if (lstat(path.c_str(), &status))
        throw UserError(kNotFound, fmt::format("{}: {}", path, std::strerror(errno)));
    return status;
}

// Directories change whenever something is put beside what is packed: they have no time.
FileAttributes attributes_of(std::string const& path, struct stat const& status)
{
    FileAttributes attributes { .mode = status.st_mode & 07777 };
    if (S_ISDIR(status.st_mode)) {
        attributes.type = FileType::Directory;
        return attributes;
    }
    attributes.modified_s = status.st_mtim.tv_sec;
    attributes.modified_ns = static_cast<uint32_t>(status.st_mtim.tv_nsec);
    if (S_ISREG(status.st_mode)) {
        attributes.size = static_cast<uint64_t>(status.st_size);
    } else if (S_ISLNK(status.st_mode)) {
        attributes.type = FileType::Symlink;
        attributes.link_target = fs::read_symlink(path);
    } else {
        throw UserError(
            kBadUsage, fmt::format("{}: neither file, directory nor symbolic link: it cannot be packed", path));
    }
    return attributes;
}

} // namespace

// The path that `path` has where its directory really is: /lib/x is /usr/lib/x, and /lib a link to usr/lib.
std::string PackList::add_parents(std::string const& path, int links)
{
    if (links == kMostLinks)
        throw UserError(kBadUsage, fmt::format("{}: a loop of symbolic links", path));
    for (auto slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
        auto const parent = path.substr(0, slash);
        struct stat status { };
        auto const is_there = lstat(parent.c_str(), &status) == 0;
        if (is_there && S_ISLNK(status.st_mode)) {
            auto attributes = attributes_of(parent, status);
            auto const target = fs::path(directory_of(parent) + "/") / attributes.link_target;
            items_.insert_or_assign(without_slash(parent), Item { std::move(attributes), parent, {} });
            return add_parents((target / path.substr(slash + 1)).lexically_normal(), links + 1);
        }
        auto const attributes = is_there && S_ISDIR(status.st_mode)
            ? attributes_of(parent, status)
            : FileAttributes { .type = FileType::Directory, .mode = 0755 };
        items_.try_emplace(without_slash(parent), Item { attributes, parent, {} });
    }
    return path;
}

void PackList::add_tree(std::string const& source, std::string const& path)
{
    auto const attributes = attributes_of(source, status_of(source));
    items_.insert_or_assign(without_slash(path), Item { attributes, source, {} });
    if (attributes.type != FileType::Directory)
        return;
    for (auto const& entry : fs::recursive_directory_iterator(source)) {
        auto const name = entry.path().string();
        items_.insert_or_assign(
            without_slash(path + name.substr(source.size())), Item { attributes_of(name, status_of(name)), name, {} });
    }
}

void PackList::add_at(std::string const& given, int links)
{
    auto const path = add_parents(given, links);
    auto const attributes = attributes_of(path, status_of(path));
    add_tree(path, path);
    if (attributes.type == FileType::Symlink)
        add_at((fs::path(directory_of(path) + "/") / attributes.link_target).lexically_normal(), links + 1);
}

void PackList::add(std::string const& path) { add_at(fs::path(path).lexically_normal(), 0); }

void PackList::add_as(std::string const& source, std::string const& path)
{
    auto real = fs::canonical(source).string(); // what a link leads to, under the name that is wanted
    add_tree(real, add_parents(fs::path(path).lexically_normal(), 0));
}

void PackList::add_directory(std::string const& path, uint32_t mode)
{
    items_.try_emplace(without_slash(path), Item { { .type = FileType::Directory, .mode = mode }, {}, {} });
}

void PackList::add_text(std::string const& path, std::string text, uint32_t mode)
{
    auto const size = text.size();
    items_.try_emplace(without_slash(path), Item { { .mode = mode, .size = size }, {}, std::move(text) });
}

} // namespace farl::owner
