// The readers of container images: layers, the JSON around them, and their users; and of what says how to protect them.
#include "tests/fuzz/parsers/targets.h"

#include "owner/oci/decompressor.h"
#include "owner/oci/file_tree.h"
#include "owner/oci/image_defect.h"
#include "owner/oci/image_json_writer.h"
#include "owner/protect/image_policy.h"
#include "owner/protect/image_user.h"
#include "tests/unit/owner/oci/layer_bytes.h"

namespace farl::fuzz {

namespace {

using owner::FileTree;

Bytes bytes_of(std::string_view text)
{
    auto const bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

std::string text_of(Bytes const& input) { return { reinterpret_cast<char const*>(input.data()), input.size() }; }

std::string sample_tar()
{
    owner::FileAttributes attributes { .mode = 0755, .modified_s = 5, .modified_ns = 1, .size = 4 };
    attributes.xattrs["user.note"] = "x";
    owner::LayerBytes layer;
    layer.directory("usr/bin").add("usr/bin/a", attributes).text("text").hard_link("usr/bin/b", "usr/bin/a");
    layer.symlink("bin", "usr/bin").file("usr/" + std::string(150, 'n'), "long").file("usr/.wh.old", "");
    return layer.bytes();
}

void check_names(FileTree const& tree)
{
    tree.for_each_name([&](std::string const& path, FileTree::NodeId id) {
        auto const is_inside = path.find("..") == path.npos || ("/" + path + "/").find("/../") == path.npos;
        if (!is_inside || path.starts_with('/') || tree.node(id).links == 0)
            __builtin_trap();
    });
}

bool read_layer(owner::ByteSource& source)
{
    owner::ImageBudget budget { .bytes = 1 << 20, .entries = 1000 };
    FileTree tree;
    tree.begin_layer();
    try {
        owner::TarReader reader(source, budget);
        while (auto entry = reader.next()) {
            tree.add(*entry);
            uint64_t end = 0;
            while (auto piece = reader.next_piece())
                end = piece->offset + piece->bytes.size();
            if (end > entry->attributes.size)
                __builtin_trap();
        }
    } catch (owner::ImageDefect const&) {
        return false;
    }
    tree.finish();
    check_names(tree);
    return true;
}

bool read_tar(Bytes const& input)
{
    owner::MemorySource source(text_of(input));
    return read_layer(source);
}

Bytes sample_compressed()
{
    owner::MemorySink sink;
    owner::Compressor compressor(sink);
    auto const tar = sample_tar();
    compressor.write(std::as_bytes(std::span(tar)));
    compressor.finish();
    return bytes_of(sink.text);
}

bool read_compressed(Bytes const& input)
{
    owner::MemorySource source(text_of(input));
    owner::Decompressor decompressor(source);
    return read_layer(decompressor);
}

template <auto Read>
bool read_json(Bytes const& input)
{
    try {
        (void)Read(text_of(input));
        return true;
    } catch (owner::ImageDefect const&) {
        return false;
    }
}

owner::Manifest sample_manifest()
{
    owner::Descriptor const blob { "application/x", "sha256:" + std::string(64, 'a'), 7 };
    return { blob, { blob, blob } };
}

Bytes sample_config()
{
    return bytes_of(owner::image_config_json({ .entrypoint = { "/bin/a" },
        .command = { "b" },
        .environment = { "C=d" },
        .working_directory = "/",
        .user = "",
        .diff_ids = { "sha256:e" },
        .json = {} }));
}

Bytes sample_policy()
{
    return bytes_of("default: encrypted\nregions: { /pub: authenticated, /data: unprotected }\n"
                    "cmd: [ a, \"b\\x01\" ]\nenv: { C: d }\nworking_dir: /srv\nuser: \"redis:5\"\n");
}

bool read_policy(Bytes const& input)
{
    try {
        auto const policy = owner::parse_image_policy(text_of(input));
        if (policy.regions.kind_of("/") == formats::RegionKind::Unprotected)
            __builtin_trap();
        return true;
    } catch (owner::PolicyError const&) {
        return false;
    }
}

// The user, and behind it the files that it is looked up in.
bool read_user(Bytes const& input)
{
    auto const text = text_of(input);
    auto const first = std::min(text.find('\n'), text.size()), second = std::min(text.find("\n\n"), text.size());
    try {
        auto const passwd = text.substr(std::min(first, second), second - std::min(first, second));
        auto const user = owner::user_from_files(text.substr(0, first), passwd, text.substr(second));
        if (user.uid == ~0u || user.gid == ~0u || std::ranges::count(user.groups, ~0u))
            __builtin_trap();
        return true;
    } catch (owner::ImageDefect const&) {
        return false;
    }
}

constexpr Target kTargets[] {
    { "layer", [] { return bytes_of(sample_tar()); }, read_tar },
    { "compressed-layer", sample_compressed, read_compressed },
    { "image-index", [] { return bytes_of(owner::index_json(sample_manifest().config)); },
        read_json<owner::manifest_for_this_machine> },
    { "image-manifest", [] { return bytes_of(owner::manifest_json(sample_manifest())); },
        read_json<owner::manifest_from> },
    { "saved-image", [] { return bytes_of(owner::saved_json(sample_manifest())); },
        read_json<owner::saved_image_from> },
    { "image-policy", sample_policy, read_policy },
    { "image-user",
        [] { return bytes_of("redis\nroot:x:0:0::/:\nredis:x:999:998::/:\n\nlogs:x:40:a,redis\nredis:x:998:\n"); },
        read_user },
    { "image-config", sample_config, read_json<owner::image_config_from> },
};

} // namespace

std::span<Target const> image_targets() { return kTargets; }

} // namespace farl::fuzz
