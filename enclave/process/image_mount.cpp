#include "enclave/process/image_mount.h"

#include "enclave/fs/ephemeral/image_nodes.h"
#include "enclave/fs/tree/tree_file_system.h"
#include "enclave/hostcall/log.h"
#include "enclave/process/mounts.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

std::string_view describe(Errno error)
{
    switch (error) {
    case Errno::Ebadmsg:
        return "the image is not the one that its owner started: its /.farl/fspf does not fit the key and tag from the "
               "CAS";
    case Errno::Einval:
        return "the image's /.farl/fspf is cut off, or of another version of Farl";
    default:
        return "there is no protected image here: /.farl/fspf cannot be read";
    }
}

Result<ProtectedImage*> open_image(formats::StartupConfig const& config, uint64_t cache_size)
{
    auto const access = config.image();
    AesGcm::Key key(access.first<AesGcm::kKeySize>());
    AesGcm::Tag tag;
    memcpy(tag.data(), access.data() + offsetof(formats::ImageAccess, tag), tag.size());
    auto* cache = TRY(block_cache(cache_size));
    auto image = ProtectedImage::open(root_directory(), key, tag, *cache);
    if (image.is_ok())
        return image;
    Log(LogLevel::Error) << (image.error() == Errno::Enomem ? "no memory to open the image" : describe(image.error()));
    return Errno::Eio;
}

// What is mounted on has to be there, to be found in lists and walked through.
Result<> make_mount_point(FileSystem& tree, std::string_view path)
{
    for (size_t end = 0; end != path.npos;) {
        end = path.find('/', end + 1);
        auto made = tree.make_directory({ path.substr(0, end) }, 0755);
        if (made.is_error() && made.error() != Errno::Eexist)
            return made;
    }
    return {};
}

Result<> mount_unprotected(FileSystem& tree, formats::Fspf const& fspf)
{
    for (uint32_t i = 0; i < fspf.counts().regions; ++i) {
        auto const region = fspf.region(i);
        auto const prefix = fspf.text(region.prefix);
        if (region.kind == formats::RegionKind::Unprotected) {
            TRY(make_mount_point(tree, prefix));
            TRY(mount_host_files(prefix));
            continue;
        }
        auto* above = &vfs().file_system_for(prefix);
        if (prefix != "/" && above != &tree) // a protected region in an unprotected one
            TRY(vfs().mount(prefix, tree));
    }
    return {};
}

Result<Vector<uint32_t>> supplementary_groups(formats::StartupConfig const& config)
{
    Vector<uint32_t> groups;
    for (size_t i = 0; i < config.supplementary_group_count(); ++i)
        TRY(groups.push(config.supplementary_group(i)));
    return groups;
}

void become(Process& process, formats::UserIds user, Vector<uint32_t> groups)
{
    LockGuard guard(process.identity_lock);
    process.identity = { .uid = user.uid, .effective_uid = user.uid, .gid = user.gid, .effective_gid = user.gid };
    process.identity.start_program();
    process.supplementary_groups = std::move(groups);
}

} // namespace

// HOST: its threads keep the ids that the launcher has; who the program is inside is the owner's word.
Result<> mount_image(Process& process, formats::StartupConfig const& config, uint64_t cache_size)
{
    auto* image = TRY(open_image(config, cache_size));
    auto* nodes = new (std::nothrow) ImageNodes(*image); // mounts are for good
    if (!nodes)
        return Errno::Enomem;
    auto* tree = TRY(TreeFileSystem::create("", *nodes));
    become(process, {}, {});
    vfs().replace("/", *tree);
    for (auto path : { "/proc", "/dev/shm" })
        TRY(make_mount_point(*tree, path));
    TRY(mount_unprotected(*tree, image->fspf()));
    for (auto const& volume : config.volumes())
        if (&vfs().file_system_for(volume.path) == tree)
            TRY(make_mount_point(*tree, volume.path));
    become(process, config.user(), TRY(supplementary_groups(config)));
    return {};
}

} // namespace farl
