#include "owner/oci/layout_writer.h"

#include "owner/launch/user_error.h"
#include "owner/oci/image_json_writer.h"
#include "owner/oci/tar_writer.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <stdlib.h>
#include <sys/stat.h>
#include <vector>

namespace farl::owner {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBlobs = "blobs/sha256/";

[[noreturn]] void fail(std::string const& path)
{
    throw UserError(kFarlFailed, fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
}

FileDescriptor create(std::string const& path)
{
    FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file)
        fail(path);
    return file;
}

bool is_archive(std::string const& place) { return place.ends_with(".tar"); }

} // namespace

LayoutWriter::LayoutWriter(std::string place) : place_(std::move(place))
{
    while (place_.size() > 1 && place_.ends_with('/'))
        place_.pop_back();
    struct stat status { };
    if (lstat(place_.c_str(), &status) == 0)
        throw UserError(kBadUsage, fmt::format("{}: is there already; remove it, or choose another name", place_));
    directory_ = place_ + ".partial-XXXXXX";
    if (!mkdtemp(directory_.data()))
        fail(place_);
    fs::create_directories(directory_ + "/" + std::string(kBlobs));
}

LayoutWriter::~LayoutWriter()
{
    std::error_code ignored;
    if (!directory_.empty())
        fs::remove_all(directory_, ignored);
}

LayoutWriter::Blob::Blob(std::string directory, std::string media_type)
    : directory_(std::move(directory)),
      media_type_(std::move(media_type)),
      temporary_(directory_ + "partial"),
      file_(create(temporary_), temporary_)
{
}

LayoutWriter::Blob::~Blob()
{
    if (!temporary_.empty())
        unlink(temporary_.c_str());
}

Descriptor LayoutWriter::Blob::finish()
{
    Descriptor descriptor { .media_type = media_type_, .digest = digesting_.digest(), .size = digesting_.size() };
    auto const name = directory_ + digest_digits(descriptor.digest, "a blob");
    if (rename(temporary_.c_str(), name.c_str()))
        fail(name);
    temporary_.clear();
    return descriptor;
}

std::unique_ptr<LayoutWriter::Blob> LayoutWriter::begin_blob(std::string media_type)
{
    return std::make_unique<Blob>(directory_ + "/" + std::string(kBlobs), std::move(media_type));
}

Descriptor LayoutWriter::add_blob(std::string media_type, std::string_view contents)
{
    auto const blob = begin_blob(std::move(media_type));
    blob->write(std::as_bytes(std::span(contents)));
    return blob->finish();
}

void LayoutWriter::write_text(std::string const& name, std::string_view text)
{
    auto const path = directory_ + "/" + name;
    FileSink(create(path), path).write(std::as_bytes(std::span(text)));
}

void LayoutWriter::write_manifest(Manifest const& manifest)
{
    auto const described = add_blob("application/vnd.oci.image.manifest.v1+json", manifest_json(manifest));
    write_text("index.json", index_json(described));
    write_text("oci-layout", layout_json());
    write_text("manifest.json", saved_json(manifest));
}

void LayoutWriter::commit()
{
    if (is_archive(place_)) {
        auto const archive = directory_ + "/archive";
        pack(archive);
        if (rename(archive.c_str(), place_.c_str()))
            fail(place_);
        return;
    }
    if (chmod(directory_.c_str(), 0755) || rename(directory_.c_str(), place_.c_str()))
        fail(place_);
    directory_.clear();
}

void LayoutWriter::pack(std::string const& archive) const
{
    std::set<std::string> names; // in one order
    for (auto const& entry : fs::recursive_directory_iterator(directory_))
        names.insert(entry.path().lexically_relative(directory_));
    FileSink sink(create(archive), archive);
    TarWriter tar(sink);
    std::vector<std::byte> block(kStreamBlock);
    for (auto const& name : names) {
        auto const path = directory_ + "/" + name;
        if (fs::is_directory(path)) {
            tar.add(name, { .type = FileType::Directory, .mode = 0755 });
            continue;
        }
        tar.add(name, { .mode = 0644, .size = fs::file_size(path) });
        FileSource source(FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)), path);
        while (auto const count = source.read(block))
            tar.write(std::span(block).first(count));
    }
    tar.finish();
}

} // namespace farl::owner
