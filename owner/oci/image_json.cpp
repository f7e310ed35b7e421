#include "owner/oci/image_json.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::json;

Json parsed(std::string_view text, std::string_view what)
{
    auto json = text.size() <= kLargestImageJson ? Json::parse(text, nullptr, false) : Json(Json::value_t::discarded);
    if (!json.is_object() && !json.is_array())
        throw ImageDefect(fmt::format("{} is not JSON, or too large", what));
    return json;
}

// Null if it is not there.
Json const& member(Json const& json, char const* name)
{
    static Json const kNull;
    auto const found = json.is_object() ? json.find(name) : json.end();
    return json.is_object() && found != json.end() ? *found : kNull;
}

std::string text_of(Json const& json, std::string_view what)
{
    if (!json.is_string())
        throw ImageDefect(fmt::format("{} is no text", what));
    auto text = json.get<std::string>();
    if (text.find('\0') != text.npos)
        throw ImageDefect(fmt::format("{} has a NUL in it", what));
    return text;
}

std::string optional_text(Json const& json, std::string_view what) { return json.is_null() ? "" : text_of(json, what); }

std::vector<std::string> texts_of(Json const& json, std::string_view what)
{
    std::vector<std::string> texts;
    if (json.is_null())
        return texts;
    if (!json.is_array())
        throw ImageDefect(fmt::format("{} is no list", what));
    for (auto const& item : json)
        texts.push_back(text_of(item, what));
    return texts;
}

Descriptor descriptor_of(Json const& json, std::string_view what)
{
    auto const& size = member(json, "size");
    if (!size.is_number_unsigned())
        throw ImageDefect(fmt::format("{} has no size", what));
    return { .media_type = optional_text(member(json, "mediaType"), what),
        .digest = text_of(member(json, "digest"), what),
        .size = size.get<uint64_t>() };
}

bool is_for_this_machine(Json const& manifest)
{
    auto const& platform = member(manifest, "platform");
    if (platform.is_null())
        return true;
    return member(platform, "os") == "linux" && member(platform, "architecture") == "amd64";
}

void check_layer_count(size_t count)
{
    if (count == 0 || count > kMostLayers)
        throw ImageDefect(fmt::format("the image has {} layers; 1 to {} are possible", count, kMostLayers));
}

} // namespace

bool is_index(Descriptor const& descriptor)
{
    return descriptor.media_type == "application/vnd.oci.image.index.v1+json"
        || descriptor.media_type == "application/vnd.docker.distribution.manifest.list.v2+json";
}

Descriptor manifest_for_this_machine(std::string_view index)
{
    auto const json = parsed(index, "the index of the image");
    auto const& manifests = member(json, "manifests");
    if (!manifests.is_array())
        throw ImageDefect("the index of the image has no list of manifests");
    std::vector<Descriptor> fitting;
    for (auto const& manifest : manifests) {
        if (is_for_this_machine(manifest))
            fitting.push_back(descriptor_of(manifest, "a manifest"));
    }
    if (fitting.empty())
        throw ImageDefect("has no image for Linux on x86-64 (linux/amd64)");
    if (fitting.size() > 1)
        throw ImageDefect(fmt::format("holds {} images; copy one of them out, as with skopeo", fitting.size()));
    return fitting.front();
}

Manifest manifest_from(std::string_view text)
{
    auto const json = parsed(text, "the manifest");
    Manifest manifest { .config = descriptor_of(member(json, "config"), "the configuration"), .layers = {} };
    auto const& layers = member(json, "layers");
    check_layer_count(layers.is_array() ? layers.size() : 0);
    for (auto const& layer : layers)
        manifest.layers.push_back(descriptor_of(layer, "a layer"));
    return manifest;
}

SavedImage saved_image_from(std::string_view text)
{
    auto const json = parsed(text, "manifest.json");
    if (!json.is_array() || json.size() != 1)
        throw ImageDefect(fmt::format("holds {} images; save one of them", json.is_array() ? json.size() : 0));
    SavedImage image { .config = text_of(member(json[0], "Config"), "Config of manifest.json"),
        .layers = texts_of(member(json[0], "Layers"), "Layers of manifest.json") };
    check_layer_count(image.layers.size());
    return image;
}

ImageConfig image_config_from(std::string_view text)
{
    auto const json = parsed(text, "the configuration");
    auto const os = optional_text(member(json, "os"), "os"),
               machine = optional_text(member(json, "architecture"), "architecture");
    if ((!os.empty() && os != "linux") || (!machine.empty() && machine != "amd64"))
        throw ImageDefect("is not for Linux on x86-64 (linux/amd64)");
    auto const& config = member(json, "config");
    ImageConfig image;
    image.entrypoint = texts_of(member(config, "Entrypoint"), "the entry point");
    image.command = texts_of(member(config, "Cmd"), "the command");
    image.environment = texts_of(member(config, "Env"), "the environment");
    image.working_directory = optional_text(member(config, "WorkingDir"), "the working directory");
    image.user = optional_text(member(config, "User"), "the user");
    image.diff_ids = texts_of(member(member(json, "rootfs"), "diff_ids"), "diff_ids");
    check_layer_count(image.diff_ids.size());
    image.json = text;
    return image;
}

} // namespace farl::owner
