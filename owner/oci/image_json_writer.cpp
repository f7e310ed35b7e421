#include "owner/oci/image_json_writer.h"

#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::json; // keeps keys sorted

constexpr char const* kNoTime = "1970-01-01T00:00:00Z";

Json described(Descriptor const& descriptor)
{
    return { { "mediaType", descriptor.media_type }, { "digest", descriptor.digest }, { "size", descriptor.size } };
}

std::string blob_path(Descriptor const& descriptor)
{
    return "blobs/sha256/" + descriptor.digest.substr(descriptor.digest.find(':') + 1);
}

} // namespace

std::string manifest_json(Manifest const& manifest)
{
    auto layers = Json::array();
    for (auto const& layer : manifest.layers)
        layers.push_back(described(layer));
    return Json {
        { "schemaVersion", 2 }, { "mediaType", "application/vnd.oci.image.manifest.v1+json" },
        { "config", described(manifest.config) }, { "layers", layers }
    }.dump();
}

std::string index_json(Descriptor const& manifest)
{
    auto entry = described(manifest);
    entry["platform"] = { { "os", "linux" }, { "architecture", "amd64" } };
    return Json {
        { "schemaVersion", 2 }, { "mediaType", "application/vnd.oci.image.index.v1+json" },
        { "manifests", Json::array({ entry }) }
    }.dump();
}

std::string layout_json() { return Json { { "imageLayoutVersion", "1.0.0" } }.dump(); }

std::string saved_json(Manifest const& manifest)
{
    auto layers = Json::array();
    for (auto const& layer : manifest.layers)
        layers.push_back(blob_path(layer));
    Json const image { { "Config", blob_path(manifest.config) }, { "Layers", layers }, { "RepoTags", nullptr } };
    return Json::array({ image }).dump();
}

std::string image_config_json(ImageConfig const& config, std::string_view base)
{
    auto json = Json::parse(base);
    json["os"] = "linux";
    json["architecture"] = "amd64";
    json["created"] = kNoTime;
    json.erase("history"); // one entry for each layer, or none
    json["rootfs"] = { { "type", "layers" }, { "diff_ids", config.diff_ids } };
    auto& inner = json["config"];
    inner["Entrypoint"] = config.entrypoint;
    inner["Cmd"] = config.command;
    inner["Env"] = config.environment;
    inner["WorkingDir"] = config.working_directory;
    inner["User"] = config.user;
    return json.dump();
}

} // namespace farl::owner
