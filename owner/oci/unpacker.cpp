#include "owner/oci/unpacker.h"

#include "owner/launch/file_descriptor.h"
#include "owner/launch/user_error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::owner {

namespace {

class Unpacker {
public:
    Unpacker(FileTree const& tree, std::string const& directory)
        : tree_(tree),
          root_(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
          is_root_(geteuid() == 0)
    {
        if (!root_)
            fail(directory);
    }

    // Everything but contents.
    void make_names()
    {
        tree_.for_each_name([this](std::string const& path, FileTree::NodeId id) {
            auto const& node = tree_.node(id);
            if (path.empty())
                return;
            if (path != node.path) // its first name comes first
                check(linkat(root_.get(), node.path.c_str(), root_.get(), path.c_str(), 0), path);
            else
                make(node);
        });
    }

    void write(FileTree::NodeId id, LayerReader& pieces) const
    {
        auto const& node = tree_.node(id);
        auto const file = opened(node.path, O_WRONLY);
        while (auto const piece = pieces.next_piece())
            write_at(file.get(), piece->offset, piece->bytes, node.path);
        check(ftruncate(file.get(), static_cast<off_t>(node.attributes.size)), node.path);
    }

    // Contents and names change them, so they come last.
    void set_attributes() const
    {
        tree_.for_each_name([this](std::string const& path, FileTree::NodeId id) {
            auto const& node = tree_.node(id);
            if (!path.empty() && path == node.path)
                set_attributes(node);
        });
    }

private:
    [[noreturn]] static void fail(std::string const& path)
    {
        throw UserError(kFarlFailed, fmt::format("{}: cannot be unpacked: {}", path, std::strerror(errno)));
    }
    static void check(int answer, std::string const& path)
    {
        if (answer)
            fail(path);
    }

    // Parents are directories that were made here: a link among them is somebody else's doing.
    FileDescriptor opened(std::string const& path, int flags) const
    {
        open_how how { .flags = static_cast<uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW),
            .mode = flags & O_CREAT ? 0600u : 0,
            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
        FileDescriptor file(static_cast<int>(syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof(how))));
        if (!file)
            fail(path);
        return file;
    }

    void make(FileTree::Node const& node) const
    {
        auto const* path = node.path.c_str();
        switch (node.attributes.type) {
        case FileType::Directory:
            return check(mkdirat(root_.get(), path, 0700), node.path);
        case FileType::Symlink:
            return check(symlinkat(node.attributes.link_target.c_str(), root_.get(), path), node.path);
        case FileType::Fifo:
            return check(mkfifoat(root_.get(), path, 0600), node.path);
        case FileType::Regular:
            opened(node.path, O_WRONLY | O_CREAT | O_EXCL);
        }
    }

    static void write_at(int file, uint64_t offset, std::span<std::byte const> bytes, std::string const& path)
    {
        while (!bytes.empty()) {
            auto const count = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (count < 0 && errno != EINTR)
                fail(path);
            auto const written = count > 0 ? static_cast<size_t>(count) : 0;
            bytes = bytes.subspan(written);
            offset += written;
        }
    }

    // What this user can always read and remove again.
    void set_attributes(FileTree::Node const& node) const
    {
        auto const& attributes = node.attributes;
        auto const* path = node.path.c_str();
        if (is_root_)
            check(fchownat(root_.get(), path, attributes.uid, attributes.gid, AT_SYMLINK_NOFOLLOW), node.path);
        if (attributes.type != FileType::Symlink) {
            auto const least = attributes.type == FileType::Directory ? 0700u : 0600u;
            check(fchmodat(root_.get(), path, (attributes.mode & 01777) | least, 0), node.path);
        }
        timespec const modified { attributes.modified_s, attributes.modified_ns };
        std::array const times { timespec { 0, UTIME_OMIT }, modified };
        if (attributes.type != FileType::Directory)
            utimensat(root_.get(), path, times.data(), AT_SYMLINK_NOFOLLOW); // some times are beyond some file systems
    }

    FileTree const& tree_;
    FileDescriptor root_;
    bool is_root_;
};

} // namespace

void unpack(FlattenedImage const& image, std::string const& directory, std::function<void(size_t layer)> const& done)
{
    Unpacker unpacker(image.tree(), directory);
    unpacker.make_names();
    image.visit_contents([&](FileTree::NodeId id, LayerReader& pieces) { unpacker.write(id, pieces); }, done);
    unpacker.set_attributes();
}

} // namespace farl::owner
