#include "owner/image/protected_image_writer.h"

#include "owner/image/fspf_writer.h"
#include "owner/image/image_path.h"
#include "owner/image/seal_tree_writer.h"
#include "owner/launch/user_error.h"

#include <filesystem>
#include <optional>
#include <sys/stat.h>

namespace farl::owner {

namespace {

OutputFile create_protection_directory(std::string const& root)
{
    std::error_code error;
    auto const data = root + std::string(formats::kDataDirectory);
    auto const own = root + std::string(formats::kProtectionDirectory);
    if (std::filesystem::exists(own, error))
        throw UserError(kRefused, own + " is there: the image is protected already");
    if (!std::filesystem::create_directories(data, error))
        throw UserError(kRefused, data + ": " + error.message());
    return OutputFile::create(root + std::string(formats::kTreesPath));
}

formats::FspfHeader header_of(formats::FspfForm form, size_t payload_size)
{
    formats::FspfHeader header {};
    header.magic = formats::kFspfMagic;
    header.version = formats::kFspfVersion;
    header.form = form;
    header.payload_size = payload_size;
    return header;
}

std::string_view text_of(std::span<std::byte const> bytes)
{
    return { reinterpret_cast<char const*>(bytes.data()), bytes.size() };
}

} // namespace

std::string stored_data_path(uint64_t data_number)
{
    char name[20];
    snprintf(name, sizeof(name), "/%016lx", data_number);
    return std::string(formats::kDataDirectory) + name;
}

ProtectedImageWriter::ProtectedImageWriter(std::string root, ImageRegions regions, ImageKeys& keys)
    : root_(std::move(root)),
      regions_(std::move(regions)),
      keys_(keys),
      trees_(create_protection_directory(root_))
{
}

std::shared_ptr<ImageNode> ProtectedImageWriter::new_node(std::string_view path, uint32_t type, ImageMetadata metadata)
{
    require_image_path(path);
    if (regions_.kind_of(path) == formats::RegionKind::Unprotected)
        throw UserError(kRefused, shown_path(path) + " is in an unprotected region, which is no part of the image");
    if (metadata.permissions > 07777 || metadata.modified_ns > 999'999'999)
        throw UserError(kRefused, shown_path(path) + ": its mode or time makes no sense");
    auto node = std::make_shared<ImageNode>();
    node->type = type;
    node->metadata = std::move(metadata);
    return node;
}

void ProtectedImageWriter::add_directory(std::string_view path, ImageMetadata metadata)
{
    if (path == "/")
        tree_.root().metadata = std::move(metadata);
    else
        tree_.add(path, new_node(path, S_IFDIR, std::move(metadata)));
}

void ProtectedImageWriter::add_file(std::string_view path, ImageMetadata metadata, uint64_t size,
    ContentSource const& contents, std::vector<std::byte> patch_table)
{
    auto node = new_node(path, S_IFREG, std::move(metadata));
    if (size > formats::kLargestSealedFile)
        throw UserError(kRefused, shown_path(path) + " is larger than 16 TiB, the most that an image can hold");
    node->size = size;
    node->patch_table = std::move(patch_table);
    tree_.add(path, node);
    if (size == 0)
        return;
    if (regions_.kind_of(path) == formats::RegionKind::Encrypted) {
        node->kind = formats::ContentKind::Encrypted;
        node->key = keys_.file_key(path);
        node->data_number = data_count_++;
    } else {
        node->kind = formats::ContentKind::Authenticated;
        node->stored_path = path;
    }
    seal_contents(*node, contents);
}

void ProtectedImageWriter::seal_contents(ImageNode& node, ContentSource const& contents)
{
    formats::SealTree const tree(node.size);
    std::optional<OutputFile> data;
    if (node.kind == formats::ContentKind::Encrypted)
        data = OutputFile::create(place(stored_data_path(node.data_number)));
    node.tree_offset = tree.size() ? trees_size_ : 0;
    trees_size_ += tree.size();
    BlockSealer sealer(node.kind, node.key, node.size);
    SealTreeWriter seals(sealer, node.size, trees_, node.tree_offset);
    for (uint64_t index = 0; index < tree.block_count(); ++index) {
        std::array<std::byte, formats::kSealedBlockSize> block {};
        auto const offset = index * formats::kSealedBlockSize;
        contents(std::span(block).first(std::min<uint64_t>(block.size(), node.size - offset)));
        auto const seal = sealer.seal(0, index, block);
        if (data && !formats::is_hole(seal))
            data->write_at(offset, block);
        seals.add(seal);
    }
    if (data)
        data->resize(tree.block_count() * formats::kSealedBlockSize);
    node.root = seals.root();
}

void ProtectedImageWriter::add_symbolic_link(std::string_view path, std::string_view target, ImageMetadata metadata)
{
    auto node = new_node(path, S_IFLNK, std::move(metadata));
    constexpr size_t kLongestTarget = 4095;
    if (target.empty() || target.size() > kLongestTarget || target.find('\0') != target.npos)
        throw UserError(kRefused, shown_path(path) + ": the target of this symbolic link is no path");
    node->target = target;
    tree_.add(path, std::move(node));
}

void ProtectedImageWriter::add_hard_link(std::string_view path, std::string_view existing)
{
    using formats::RegionKind;
    auto node = tree_.find(existing);
    if (!node || S_ISDIR(node->type))
        throw UserError(
            kRefused, shown_path(path) + ": the file that it links to is not there: " + shown_path(existing));
    auto const kind = regions_.kind_of(path);
    if (kind == RegionKind::Encrypted && node->kind == formats::ContentKind::Authenticated)
        throw UserError(kRefused,
            shown_path(path) + " is to be encrypted, but its other name " + shown_path(existing)
                + " is not: put both into one region");
    (void)new_node(path, node->type, {}); // the same checks
    tree_.add(path, node);
    ++node->links;
}

void ProtectedImageWriter::add_special(
    std::string_view path, uint32_t type, uint32_t major, uint32_t minor, ImageMetadata metadata)
{
    auto node = new_node(path, type, std::move(metadata));
    bool is_device = type == S_IFCHR || type == S_IFBLK;
    if (!is_device && type != S_IFIFO && type != S_IFSOCK)
        throw UserError(kRefused, shown_path(path) + ": its type is not one of Linux");
    node->major = is_device ? major : 0;
    node->minor = is_device ? minor : 0;
    tree_.add(path, std::move(node));
}

ImageSeal ProtectedImageWriter::finish()
{
    trees_.resize(trees_size_);
    auto const payload = fspf_payload(tree_, regions_, trees_size_);
    auto [key, nonce] = keys_.fspf_key(payload);
    auto header = header_of(formats::FspfForm::Sealed, payload.size());
    std::memcpy(header.nonce, nonce.data(), sizeof(header.nonce));
    auto const header_bytes = std::as_bytes(std::span(&header, 1));
    std::vector<std::byte> sealed(payload.size() + kSealingTagSize);
    seal(key, nonce, text_of(header_bytes), text_of(payload), sealed);

    auto file = OutputFile::create(place(formats::kFspfPath));
    file.write_at(0, header_bytes);
    file.write_at(sizeof(header), std::span(sealed).first(payload.size()));
    ImageSeal result { std::move(key), {} };
    std::ranges::copy(std::span(sealed).subspan(payload.size()), result.tag.begin());
    return result;
}

void ProtectedImageWriter::finish_signed(Ed25519Key const& signer)
{
    for (auto const& [prefix, kind] : regions_)
        if (kind == formats::RegionKind::Encrypted)
            throw UserError(kRefused,
                "the region " + prefix + " is encrypted: an image that is only signed has no secrets to keep");
    trees_.resize(trees_size_);
    auto const payload = fspf_payload(tree_, regions_, trees_size_);
    auto const header = header_of(formats::FspfForm::Signed, payload.size());
    auto const header_bytes = std::as_bytes(std::span(&header, 1));
    std::string whole(text_of(header_bytes));
    whole += text_of(payload);
    auto const signature = signer.sign(whole);

    auto file = OutputFile::create(place(formats::kFspfPath));
    file.write_at(0, std::as_bytes(std::span(whole)));
    file.write_at(whole.size(), signer.point());
    file.write_at(whole.size() + signer.point().size(), signature);
}

} // namespace farl::owner
