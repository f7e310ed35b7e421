#include "owner/protect/protected_image.h"

#include "owner/launch/user_error.h"
#include "owner/oci/image_defect.h"
#include "owner/oci/image_json_writer.h"
#include "owner/oci/layer_writer.h"
#include "owner/protect/file_protector.h"
#include "owner/protect/image_user.h"
#include "owner/protect/layer_check.h"
#include "owner/protect/protection_layer.h"
#include "owner/protect/secret_entries.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kLauncher = "/.farl/bin/farl-launcher";
constexpr char const* kConfigType = "application/vnd.oci.image.config.v1+json";

void refuse_protected(FileTree const& tree)
{
    if (tree.find(".farl"))
        throw ImageDefect("has a /.farl: it is protected already; start from the image that it was made of");
}

class Builder {
public:
    Builder(ImageReader const& image, ProtectRequest const& request, ProtectProgress const& progress)
        : image_(image),
          request_(request),
          progress_(progress),
          flattened_(image, request.budget, [this](size_t) { step(); }),
          layout_(request.output)
    {
        refuse_protected(flattened_.tree());
    }

    ProtectedImage build()
    {
        auto const& user = configuration_of(request_.policy, image_.config()).user;
        if (!user.empty())
            user_ = user_of_image(flattened_, user);
        SecretEntries const secret(image_, flattened_, request_.policy.regions);
        FileProtector files(flattened_, secret, request_);
        files.protect([this](size_t) { step(); });
        for (size_t i = 0; i < image_.layer_count(); ++i, step())
            secret.is_rewritten(i) ? rewrite(i, secret) : keep(i);
        add(protection_layer(layout_, files.directory(), request_.installation));
        write_manifest();
        check_layers(layout_.directory(), request_.policy.regions, files.scan(), [this](size_t) { step(); });
        layout_.commit();
        return described(files, secret);
    }

private:
    // Five passes over each layer; the one that is added is checked only.
    void step() { progress_(++steps_, 4 * image_.layer_count() + 1); }

    void add(LayerWriter::Result const& layer)
    {
        manifest_.layers.push_back(layer.blob);
        config_.diff_ids.push_back(layer.diff_id);
    }

    void keep(size_t index)
    {
        auto const source = image_.open_blob(index);
        auto const& layer = image_.layer(index);
        auto const blob = layout_.begin_blob("");
        std::vector<std::byte> block(kStreamBlock);
        std::string start;
        while (auto const count = source->read(block)) {
            if (start.empty())
                start.assign(reinterpret_cast<char const*>(block.data()), std::min<size_t>(count, 4));
            blob->write(std::span(block).first(count));
        }
        auto descriptor = blob->finish();
        descriptor.media_type = layer_type(start);
        if (!layer.digest.empty() && descriptor.digest != layer.digest)
            throw ImageDefect(fmt::format("layer {}: changed while it was read", index + 1));
        add({ descriptor, layer.diff_id });
    }

    // `docker save` does not say how layers are compressed.
    static std::string layer_type(std::string_view start)
    {
        constexpr std::string_view kTar = "application/vnd.oci.image.layer.v1.tar";
        return std::string(kTar)
            + (start.starts_with("\x1f\x8b")      ? "+gzip"
                    : start == "\x28\xb5\x2f\xfd" ? "+zstd"
                                                  : "");
    }

    void rewrite(size_t index, SecretEntries const& secret)
    {
        auto budget = request_.budget;
        auto const layer = image_.open_layer(index, budget);
        LayerWriter writer(layout_);
        for (uint32_t number = 0; auto const entry = layer->next(); ++number) {
            if (secret.stays(index, number))
                copy(*entry, *layer, writer.tar());
        }
        add(writer.finish());
    }

    static void copy(TarEntry const& entry, LayerReader& layer, TarWriter& tar)
    {
        if (entry.is_hard_link)
            return tar.add_hard_link(entry.path, entry.hard_link_target);
        tar.add(entry.path, entry.attributes);
        PieceSource source(layer);
        std::vector<std::byte> block(kStreamBlock);
        for (auto rest = entry.attributes.size; rest > 0;) {
            auto const part = std::span(block).first(std::min<uint64_t>(rest, block.size()));
            source.read(part);
            tar.write(part);
            rest -= part.size();
        }
    }

    // Nothing of what the program gets: that is for the enclave only.
    void write_manifest()
    {
        config_.entrypoint = { kLauncher };
        config_.working_directory = "/";
        if (user_) // by numbers: who starts containers may not find the names any more
            config_.user = fmt::format("{}:{}", user_->uid, user_->gid);
        manifest_.config = layout_.add_blob(kConfigType, image_config_json(config_));
        layout_.write_manifest(manifest_);
    }

    ProtectedImage described(FileProtector& files, SecretEntries const& secret)
    {
        auto const runs = configuration_of(request_.policy, image_.config());
        ProtectedImage made { .secrets = { .seal = files.take_seal(),
                                  .entrypoint = runs.entrypoint,
                                  .command = runs.command,
                                  .environment = runs.environment,
                                  .working_directory = runs.working_directory,
                                  .user = user_ } };
        for (size_t i = 0; i < image_.layer_count(); ++i)
            ++(secret.is_rewritten(i) ? made.rewritten_layers : made.kept_layers);
        made.encrypted_files = files.encrypted_count();
        made.authenticated_files = files.authenticated_count();
        return made;
    }

    ImageReader const& image_;
    ProtectRequest const& request_;
    ProtectProgress const& progress_;
    uint64_t steps_ { 0 };
    FlattenedImage flattened_;
    LayoutWriter layout_;
    Manifest manifest_;
    ImageConfig config_;
    std::optional<UserRule> user_;
};

} // namespace

ProtectedImage protect_image(ImageReader const& image, ProtectRequest const& request, ProtectProgress const& progress)
{
    return Builder(image, request, progress).build();
}

} // namespace farl::owner
