#include "enclave/fs/shield/protected_image.h"

#include "enclave/fs/host/host_status.h"

namespace farl {

namespace {

using formats::FspfHeader;

Result<HostDescriptor> open_directory(std::string_view path)
{
    Staging staging;
    auto staged = TRY(staging.put_string(path));
    return checked_descriptor(host_call(SYS_openat, AT_FDCWD, staged.value(), O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
}

Result<> read_whole(HostStoredFile& file, uint64_t offset, std::span<std::byte> bytes)
{
    return TRY(file.read(offset, bytes)) == bytes.size() ? Result<> {} : Errno::Einval;
}

} // namespace

Result<ProtectedImage*> ProtectedImage::open(
    std::string_view root_directory, AesGcm::Key const& key, AesGcm::Tag const& tag, BlockCache& cache)
{
    auto image = Owned<ProtectedImage>(new (std::nothrow) ProtectedImage(cache));
    if (!image)
        return Errno::Enomem;
    image->root_.descriptor = TRY(open_directory(root_directory));
    TRY(image->load(key, tag));
    return image.release();
}

// HOST: the size that the header tells is bounded; all of it is authenticated before anything but the header is looked
// at. The tag is the owner's word, so it is this very file.
Result<> ProtectedImage::load(AesGcm::Key const& key, AesGcm::Tag const& tag)
{
    HostStoredFile file(open_files_, formats::kFspfPath, 1);
    FspfHeader header;
    auto const header_bytes = std::as_writable_bytes(std::span(&header, 1));
    TRY(read_whole(file, 0, header_bytes));
    TRY(formats::parse_fspf_header(header_bytes, sizeof(header) + header.payload_size));
    TRY(bytes_.resize(header.payload_size));
    TRY(read_whole(file, sizeof(header), bytes_.span()));
    AesGcm::Nonce nonce;
    memcpy(nonce.data(), header.nonce, nonce.size());
    TRY(AesGcm(key).open(nonce, header_bytes, bytes_.span(), tag, bytes_.span()));
    fspf_.emplace(TRY(formats::Fspf::parse(bytes_.span())));
    return {};
}

// Names in the cache, and numbers of stored files, are those of the nodes, but for the files that are no node's.
Result<Ref<SealedFile>> ProtectedImage::contents(uint32_t number)
{
    constexpr uint64_t kFirstNumber = 2;
    auto const node = fspf_->node(number);
    auto const name = number + kFirstNumber;
    Owned<StoredFile> data;
    if (node.kind == formats::ContentKind::Encrypted)
        data = TRY(HostStoredFile::create_data(open_files_, node.data_number, name));
    else
        data = TRY(make_owned<HostStoredFile>(open_files_, fspf_->text(node.text), name));
    return make_ref<SealedFile>(node, name, std::move(data), trees_, cache_);
}

} // namespace farl
