// A small protected image with one of each kind of file, in a directory of its own.
#pragma once

#include "owner/image/fspf_opener.h"
#include "owner/image/protected_image_writer.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <fstream>
#include <sys/stat.h>

namespace farl::owner {

inline std::vector<std::byte> contents_of(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string const text((std::istreambuf_iterator<char>(file)), {});
    auto const bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

inline ContentSource source_of(std::string text)
{
    return [text = std::move(text), at = size_t { 0 }](std::span<std::byte> bytes) mutable {
        std::memcpy(bytes.data(), text.data() + at, bytes.size());
        at += bytes.size();
    };
}

// Not the same at any two places of a block's size.
inline std::string long_text(size_t size)
{
    std::string text;
    for (uint64_t line = 0; text.size() < size; ++line)
        text += "line " + std::to_string(line) + '\n';
    text.resize(size);
    return text;
}

class SampleImage {
public:
    static constexpr size_t kLargeSize = 200 * 4096 + 10; // a tree of two levels

    static ImageRegions regions()
    {
        ImageRegions regions;
        regions.add("/secret", formats::RegionKind::Encrypted);
        regions.add("/secret/public", formats::RegionKind::Authenticated);
        regions.add("/data", formats::RegionKind::Unprotected);
        return regions;
    }

    explicit SampleImage(ImageKeys& keys) : writer_(directory_.path(), regions(), keys)
    {
        writer_.add_directory("/", { .permissions = 0755 });
        writer_.add_directory("/etc", { .permissions = 0755, .modified_s = -5, .modified_ns = 7 });
        writer_.add_directory("/tmp", { .permissions = 01777 });
        writer_.add_symbolic_link("/etc/link", "../secret/key", { .permissions = 0777 });
        add("/etc/motd", "welcome\n", { .permissions = 0644, .uid = 1, .gid = 2 }, "table");
        add("/etc/empty", "", { .permissions = 0600 });
        add("/etc/large", long_text(kLargeSize), { .permissions = 0644 }, "table");
        add("/secret/key", "open sesame",
            { .permissions = 0400, .attributes = { { "user.b", "2" }, { "user.a", "" } } });
        add("/secret/large", long_text(kLargeSize), {});
        add("/secret/public/x", "x", {});
        writer_.add_hard_link("/tmp/key", "/secret/key");
        writer_.add_special("/null", S_IFCHR, 1, 3, { .permissions = 0666 });
    }

    void add(std::string_view path, std::string const& text, ImageMetadata metadata, std::string_view table = {})
    {
        auto const bytes = std::as_bytes(std::span(table));
        writer_.add_file(path, std::move(metadata), text.size(), source_of(text), { bytes.begin(), bytes.end() });
    }

    ProtectedImageWriter& writer() { return writer_; }
    std::string path(std::string_view name) const { return directory_.path() + std::string(name); }
    std::vector<std::byte> fspf() const { return contents_of(path(formats::kFspfPath)); }

private:
    TemporaryDirectory directory_;
    ProtectedImageWriter writer_;
};

// The payload of the sample's FSPF, as an enclave would see it.
inline std::vector<std::byte> sample_fspf_payload()
{
    RandomImageKeys keys;
    SampleImage image(keys);
    auto const seal = image.writer().finish();
    auto const payload = open_sealed_fspf(image.fspf(), seal.key, seal.tag);
    auto const bytes = std::as_bytes(payload.value().readable());
    return { bytes.begin(), bytes.end() };
}

// Looks at all that a payload says; it must have been accepted.
inline size_t walk_fspf(formats::Fspf const& fspf)
{
    size_t total = 0;
    for (uint32_t i = 0; i < fspf.counts().regions; ++i)
        total += fspf.region_of(fspf.text(fspf.region(i).prefix)) != formats::RegionKind::Encrypted;
    for (uint32_t i = 0; i < fspf.counts().nodes; ++i) {
        auto const node = fspf.node(i);
        total += fspf.patch_table_of(i).size();
        auto const range = fspf.attributes_of(i);
        for (auto at = range.first; at < range.end; ++at)
            total += fspf.text(fspf.attribute(at).name).size() + fspf.text(fspf.attribute(at).value).size();
        if (S_ISLNK(node.mode) || node.kind == formats::ContentKind::Authenticated)
            total += fspf.text(node.text).size();
        for (uint32_t at = 0; S_ISDIR(node.mode) && at < node.entries.count; ++at) {
            auto const entry = fspf.entry(node.entries.first + at);
            total += fspf.find(node, fspf.text(entry.name)).value() == entry.node ? 1 : throw std::logic_error("find");
        }
    }
    return total;
}

} // namespace farl::owner
