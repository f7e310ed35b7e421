#include "owner/protect/file_protector.h"

#include "abi/formats/patch_table.h"
#include "owner/launch/user_error.h"
#include "owner/oci/file_stream.h"
#include "owner/rewrite/patch_cache.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

constexpr std::string_view kElfMagic = "\x7f"
                                       "ELF";

// Beside the output, where there is room for what goes into it.
std::string working_directory(std::string place)
{
    while (place.size() > 1 && place.ends_with('/'))
        place.pop_back();
    auto directory = place + ".protection-XXXXXX";
    if (!mkdtemp(directory.data()))
        throw UserError(kFarlFailed, fmt::format("{}: {}", place, std::strerror(errno)));
    return directory;
}

ImageMetadata metadata_of(FileAttributes const& attributes)
{
    return { .permissions = attributes.mode,
        .uid = attributes.uid,
        .gid = attributes.gid,
        .modified_s = attributes.modified_s,
        .modified_ns = attributes.modified_ns,
        .attributes = attributes.xattrs };
}

uint64_t secret_size(FlattenedImage const& image, SecretEntries const& secret)
{
    uint64_t size = 0;
    image.tree().for_each_name([&](std::string const&, FileTree::NodeId id) {
        size += secret.is_secret(id) ? image.tree().node(id).attributes.size : 0;
    });
    return size;
}

FileDescriptor nameless_file(std::string const& directory)
{
    FileDescriptor file(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file)
        throw UserError(kFarlFailed, fmt::format("{}: {}", directory, std::strerror(errno)));
    return file;
}

// The table, if it has sites.
std::vector<std::byte> patch_table_of(int file)
{
    auto table = PatchCache::of_user().table_of(file);
    if (table.is_error())
        return {};
    auto const view = patch::PatchTableView::parse(table.value());
    return view.is_ok() && view.value().site_count() > 0 ? table.release_value() : std::vector<std::byte>();
}

} // namespace

FileProtector::FileProtector(FlattenedImage const& image, SecretEntries const& secret, ProtectRequest const& request)
    : image_(image),
      secret_(secret),
      directory_(working_directory(request.output)),
      writer_(directory_, request.policy.regions, *request.keys),
      scan_(secret_size(image, secret))
{
    find_names();
}

FileProtector::~FileProtector()
{
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void FileProtector::find_names()
{
    image_.tree().for_each_name([this](std::string const& path, FileTree::NodeId id) {
        auto const kind = writer_.regions().kind_of("/" + path);
        auto& names = names_[id];
        if (kind == formats::RegionKind::Encrypted)
            names.insert(names.begin(), "/" + path);
        else if (kind == formats::RegionKind::Authenticated)
            names.push_back("/" + path);
    });
    std::erase_if(names_, [](auto const& entry) { return entry.second.empty(); });
}

void FileProtector::protect(std::function<void(size_t layer)> const& done)
{
    add_names_without_contents();
    image_.visit_contents([this](FileTree::NodeId id, LayerReader& pieces) { add_file(id, pieces); }, done);
    add_other_names();
    seal_ = writer_.finish();
}

void FileProtector::add_names_without_contents()
{
    for (auto const& [id, names] : names_) {
        auto const& attributes = image_.tree().node(id).attributes;
        auto const& path = names.front();
        if (attributes.type == FileType::Directory)
            writer_.add_directory(path, metadata_of(attributes));
        else if (attributes.type == FileType::Symlink)
            writer_.add_symbolic_link(path, attributes.link_target, metadata_of(attributes));
        else if (attributes.type == FileType::Fifo)
            writer_.add_special(path, S_IFIFO, 0, 0, metadata_of(attributes));
    }
}

void FileProtector::add_file(FileTree::NodeId id, LayerReader& pieces)
{
    auto const found = names_.find(id);
    if (found == names_.end())
        return; // unprotected
    auto const& node = image_.tree().node(id);
    auto const is_secret = secret_.is_secret(id);
    ++(is_secret ? encrypted_count_ : authenticated_count_);
    PieceSource source(pieces);
    std::array<std::byte, kElfMagic.size()> start {};
    auto const start_size = std::min<uint64_t>(start.size(), node.attributes.size);
    source.read(std::span(start).first(start_size));
    uint64_t given = 0; // of the start, which was read already
    ContentSource const contents = [&](std::span<std::byte> bytes) {
        auto const again = std::min<uint64_t>(start_size - given, bytes.size());
        std::copy_n(start.begin() + static_cast<std::ptrdiff_t>(given), again, bytes.begin());
        given += again;
        source.read(bytes.subspan(again));
    };
    if (std::memcmp(start.data(), kElfMagic.data(), start.size()) == 0)
        add_program(found->second.front(), node, contents, is_secret);
    else
        add_contents(found->second.front(), node, contents, {}, is_secret);
}

void FileProtector::add_contents(std::string const& path, FileTree::Node const& node, ContentSource const& source,
    std::vector<std::byte> patch_table, bool is_secret)
{
    if (!is_secret) {
        writer_.add_file(path, metadata_of(node.attributes), node.attributes.size, source, std::move(patch_table));
        return;
    }
    scan_.begin_secret(path);
    auto const listened = [&](std::span<std::byte> bytes) {
        source(bytes);
        scan_.add_secret(bytes);
    };
    writer_.add_file(path, metadata_of(node.attributes), node.attributes.size, listened, std::move(patch_table));
    scan_.end_secret();
}

// The analyser needs all of a program at once; it goes through a file, not through memory.
void FileProtector::add_program(
    std::string const& path, FileTree::Node const& node, ContentSource const& source, bool is_secret)
{
    auto const file = nameless_file(directory_);
    FileSink sink(FileDescriptor(dup(file.get())), directory_);
    std::vector<std::byte> block(kStreamBlock);
    for (auto rest = node.attributes.size; rest > 0;) {
        auto const part = std::span(block).first(std::min<uint64_t>(rest, block.size()));
        source(part);
        sink.write(part);
        rest -= part.size();
    }
    lseek(file.get(), 0, SEEK_SET);
    FileSource again(FileDescriptor(dup(file.get())), directory_);
    auto const contents = [&](std::span<std::byte> bytes) {
        while (!bytes.empty())
            bytes = bytes.subspan(again.read(bytes));
    };
    add_contents(path, node, contents, patch_table_of(file.get()), is_secret);
}

void FileProtector::add_other_names()
{
    for (auto const& [id, names] : names_)
        for (size_t i = 1; i < names.size(); ++i)
            writer_.add_hard_link(names[i], names.front());
}

} // namespace farl::owner
