#include "owner/protect/image_report.h"

#include "abi/sgx/sigstruct.h"
#include "owner/digest/hexadecimal.h"
#include "owner/image/fspf_opener.h"
#include "owner/inspect/measurement_stream.h"
#include "owner/oci/flattened_image.h"
#include "owner/oci/image_defect.h"
#include "owner/protect/image_secrets.h"

#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr char const* kEnclave = ".farl/bin/farl-enclave";
constexpr char const* kSigstruct = ".farl/bin/farl-enclave.sigstruct";
constexpr auto kProtectionFile = formats::kFspfPath.substr(1);

void count(FileTree const& tree, ImageReport& report)
{
    tree.for_each_name([&](std::string const& path, FileTree::NodeId id) {
        auto const& node = tree.node(id);
        auto const is_directory = node.attributes.type == FileType::Directory;
        ++(is_directory ? report.directory_count : report.file_count);
        if (path == node.path)
            report.size += node.attributes.size;
    });
}

// What is read of a protected image besides its tree, by the path.
std::map<std::string, std::vector<std::byte>> protection_files(FlattenedImage const& image)
{
    std::map<FileTree::NodeId, std::string> wanted;
    for (std::string_view const name : { std::string_view(kEnclave), std::string_view(kSigstruct), kProtectionFile }) {
        std::string const path(name);
        auto const id = image.tree().find(path);
        if (!id || image.tree().node(*id).attributes.size > sizeof(formats::FspfHeader) + formats::kLargestFspfPayload)
            throw ImageDefect(fmt::format("it has Farl's protection, but /{} is missing or too large", path));
        wanted.emplace(*id, path);
    }
    std::map<std::string, std::vector<std::byte>> files;
    image.visit_contents([&](FileTree::NodeId visited, LayerReader& pieces) {
        auto const found = wanted.find(visited);
        if (found == wanted.end())
            return;
        auto& bytes = files[found->second];
        bytes.resize(image.tree().node(visited).attributes.size);
        while (auto const piece = pieces.next_piece())
            std::ranges::copy(piece->bytes, bytes.begin() + static_cast<std::ptrdiff_t>(piece->offset));
    });
    return files;
}

// What an enclave made of these pages will have, which its signature has to be for.
std::string measured(std::span<std::byte const> enclave, std::span<std::byte const> sigstruct)
{
    auto const image = sgx::Image::parse(enclave);
    sgx::SigStruct signature;
    if (image.is_error() || sigstruct.size() != sizeof(signature))
        throw ImageDefect("its enclave, or the signature of that, is damaged");
    std::memcpy(static_cast<void*>(&signature), sigstruct.data(), sizeof(signature));
    auto const mrenclave = outline_of(measurement_stream(image.value())).mrenclave;
    if (mrenclave != signature.enclave_hash)
        throw ImageDefect("its enclave is not the one that the signature beside it is for");
    return to_hex(std::as_bytes(std::span(mrenclave)));
}

void open_sealed(formats::Bytes file, bool is_named, ImageReport& report)
{
    if (!is_named && access(report.keys.c_str(), F_OK))
        return;
    auto const secrets = read_image_secrets(report.keys);
    auto const payload = open_sealed_fspf(file, secrets.seal.key, secrets.seal.tag);
    if (!payload)
        throw ImageDefect(fmt::format("{} does not open its protection file: one of them is another image's, or "
                                      "was changed",
            report.keys));
    report.protection = report_of_protection(std::as_bytes(payload->readable()));
    auto const argument_count = secrets.entrypoint.size() + secrets.command.size();
    auto const& words = secrets.entrypoint.empty() ? secrets.command : secrets.entrypoint;
    if (argument_count > 0)
        report.program = { words.front(), argument_count - 1, secrets.environment.size() };
}

// Files of unprotected regions are no part of the protection file.
void count_unprotected(FileTree const& tree, ProtectionReport& protection)
{
    tree.for_each_name([&](std::string const& path, FileTree::NodeId id) {
        auto const& node = tree.node(id);
        auto& region = protection.region_of("/" + path);
        if (region.kind != formats::RegionKind::Unprotected || node.attributes.type == FileType::Directory)
            return;
        ++region.file_count;
        region.size += path == node.path ? node.attributes.size : 0;
    });
}

void describe_protection(FlattenedImage const& image, std::string const& keys, ImageReport& report)
{
    auto const files = protection_files(image);
    report.mrenclave = measured(files.at(kEnclave), files.at(kSigstruct));
    report.keys = keys.empty() ? secrets_path(report.path) : keys;
    auto const& file = files.at(std::string(kProtectionFile));
    if (auto const opened = open_signed_fspf(file))
        report.protection = report_of_protection(opened->payload);
    else
        open_sealed(file, !keys.empty(), report);
    if (report.protection)
        count_unprotected(image.tree(), *report.protection);
}

} // namespace

ImageReport report_of_image(std::string const& path, std::string const& keys)
{
    ImageReader const image(path);
    ImageReport report { .path = path, .digest = image.digest(), .config = image.config() };
    FlattenedImage const flattened(image, {});
    for (size_t i = 0; i < image.layer_count(); ++i)
        report.layers.push_back({ image.layer(i).diff_id, flattened.entry_counts()[i] });
    count(flattened.tree(), report);
    if (flattened.tree().find(std::string(kProtectionFile)))
        describe_protection(flattened, keys, report);
    return report;
}

} // namespace farl::owner
