// make-image: a protected image of files of this machine, for tests: each file at its own path, with what symbolic
// links on the way to it lead to. Prints the key and the tag, in hexadecimal.
//
// Usage: make-image OUT [OPTION VALUE]...
//     --encrypted PREFIX, --unprotected PREFIX    regions
//     --add PATH         a file, or a directory with all in it
//     --tree DIRECTORY   what is in it as what is in the root
//     --huge PATH=SIZE   an authenticated file of holes but for a block in the middle
#include "owner/cli/entry.h"
#include "owner/image/protected_image_writer.h"
#include "owner/rewrite/analysis.h"
#include "owner/rewrite/mapped_file.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sys/stat.h>

namespace farl::owner {

namespace {

namespace fs = std::filesystem;

std::string hex(std::string_view bytes)
{
    std::string text;
    char digits[3];
    for (unsigned char byte : bytes) {
        snprintf(digits, sizeof(digits), "%02x", byte);
        text += digits;
    }
    return text;
}

class ImageMaker {
public:
    ImageMaker(std::string out, ImageRegions regions)
        : out_(std::move(out)),
          writer_((fs::create_directories(out_), out_), std::move(regions), keys_)
    {
    }

    // `inside` is the path in the image, `source` what to put there.
    void add(fs::path const& inside, fs::path const& source)
    {
        if (!seen_.insert(inside.string()).second)
            return;
        auto const status = fs::symlink_status(source);
        if (fs::is_symlink(status))
            writer_.add_symbolic_link(inside.string(), fs::read_symlink(source).string(), metadata_of(source));
        else if (fs::is_directory(status))
            add_directory(inside, source);
        else if (fs::is_regular_file(status))
            add_file(inside, source);
    }

    // Of this machine, at its own place. Links on the way are added, and what they lead to.
    void add_path(fs::path const& path, int depth = 0)
    {
        if (depth > 40)
            throw UserError(kRefused, path.string() + ": too many symbolic links");
        fs::path prefix = "/";
        auto const relative = path.relative_path();
        for (auto it = relative.begin(); it != relative.end(); ++it) {
            prefix /= *it;
            if (!fs::is_symlink(fs::symlink_status(prefix)))
                continue;
            add(prefix, prefix);
            auto target = (prefix.parent_path() / fs::read_symlink(prefix)).lexically_normal();
            for (auto rest = std::next(it); rest != relative.end(); ++rest)
                target /= *rest;
            return add_path(target, depth + 1);
        }
        add(path, path);
    }

    void add_tree(fs::path const& source)
    {
        writer_.add_directory("/", metadata_of(source));
        for (auto const& item : fs::directory_iterator(source))
            add("/" / item.path().filename(), item.path());
    }

    void add_huge(std::string const& path_and_size)
    {
        auto const equals = path_and_size.find('=');
        auto const path = path_and_size.substr(0, equals);
        auto const size = std::stoull(path_and_size.substr(equals + 1));
        uint64_t position = 0;
        auto read = [&](std::span<std::byte> bytes) {
            std::ranges::fill(bytes, position == size / 2 ? std::byte { 'x' } : std::byte { 0 });
            position += bytes.size();
        };
        writer_.add_file(path, { .permissions = 0644 }, size, read, {});
        std::ofstream stored(out_ + path, std::ios::binary);
        stored.seekp(static_cast<std::streamoff>(size / 2));
        stored << std::string(formats::kSealedBlockSize, 'x');
        stored.close();
        fs::resize_file(out_ + path, size);
    }

    void finish()
    {
        auto const seal = writer_.finish();
        std::cout << hex(seal.key.reveal()) << ' '
                  << hex({ reinterpret_cast<char const*>(seal.tag.data()), seal.tag.size() }) << '\n';
    }

private:
    void add_directory(fs::path const& inside, fs::path const& source)
    {
        writer_.add_directory(inside.string(), metadata_of(source));
        for (auto const& item : fs::directory_iterator(source))
            add(inside / item.path().filename(), item.path());
    }

    void add_file(fs::path const& inside, fs::path const& source)
    {
        struct stat status { };
        if (stat(source.c_str(), &status) != 0)
            throw UserError(kRefused, source.string() + ": " + std::strerror(errno));
        if (status.st_nlink > 1) {
            auto const [first, is_new] = linked_.try_emplace({ status.st_dev, status.st_ino }, inside.string());
            if (!is_new)
                return writer_.add_hard_link(inside.string(), first->second);
        }
        std::ifstream file(source, std::ios::binary);
        auto read = [&](std::span<std::byte> bytes) {
            if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
                throw UserError(kRefused, source.string() + ": cannot be read");
        };
        auto const size = static_cast<uint64_t>(status.st_size);
        writer_.add_file(inside.string(), metadata_of(source), size, read, patch_table_of(source));
        bool stays = writer_.regions().kind_of(inside.string()) == formats::RegionKind::Authenticated;
        if (!stays || size == 0)
            return;
        auto const place = out_ + inside.string();
        fs::create_directories(fs::path(place).parent_path());
        fs::copy_file(source, place);
    }

    static std::vector<std::byte> patch_table_of(fs::path const& source)
    {
        FileDescriptor descriptor(open(source.c_str(), O_RDONLY | O_CLOEXEC));
        auto file = MappedFile::map(descriptor.get());
        if (file.is_error())
            return {};
        auto analysis = analyse(file.value().bytes());
        if (analysis.is_error())
            return {};
        auto const& table = analysis.value().table;
        return table;
    }

    static ImageMetadata metadata_of(fs::path const& source)
    {
        struct stat status { };
        if (lstat(source.c_str(), &status) != 0)
            throw UserError(kRefused, source.string() + ": " + std::strerror(errno));
        return { .permissions = status.st_mode & 07777,
            .uid = status.st_uid,
            .gid = status.st_gid,
            .modified_s = status.st_mtim.tv_sec,
            .modified_ns = static_cast<uint32_t>(status.st_mtim.tv_nsec) };
    }

    std::string out_;
    RandomImageKeys keys_;
    ProtectedImageWriter writer_;
    std::set<std::string> seen_;
    std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

int make(Arguments given)
{
    std::vector<std::string> const arguments(given.begin(), given.end());
    if (arguments.empty() || arguments.size() % 2 == 0)
        throw UserError(kBadUsage, "expected OUT and then options with one value each");
    ImageRegions regions;
    for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
        if (arguments[i] == "--encrypted")
            regions.add(arguments[i + 1], formats::RegionKind::Encrypted);
        if (arguments[i] == "--unprotected")
            regions.add(arguments[i + 1], formats::RegionKind::Unprotected);
    }
    ImageMaker maker(arguments[0], std::move(regions));
    for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
        if (arguments[i] == "--add")
            maker.add_path(arguments[i + 1]);
        if (arguments[i] == "--tree")
            maker.add_tree(arguments[i + 1]);
        if (arguments[i] == "--huge")
            maker.add_huge(arguments[i + 1]);
    }
    maker.finish();
    return 0;
}

} // namespace

} // namespace farl::owner

int main(int argc, char** argv) { return farl::owner::run_command(farl::owner::make, argc, argv); }
