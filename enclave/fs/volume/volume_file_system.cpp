#include "enclave/fs/volume/volume_file_system.h"

#include "enclave/fs/tree/tree_file_system.h"
#include "enclave/fs/volume/volume_nodes.h"

namespace farl {

namespace {

constinit Vector<VolumeNodes*> volumes; // only added to, before the program starts

bool is_empty(VolumeDevice& device)
{
    auto const id = VolumeStore::id_of(device);
    return id.is_error() && id.error() == Errno::Enoent;
}

Result<Owned<VolumeStore>> open_store(VolumeMount const& mount, VolumeDevice& device, BlockCache& cache)
{
    bool is_new = mount.newest.sequence == 0 && is_empty(device);
    if (is_new)
        TRY(VolumeStore::format(device, mount.key, mount.id));
    return VolumeStore::open(device, mount.key, mount.id, mount.newest, cache);
}

} // namespace

Result<FileSystem*> open_volume(VolumeMount const& mount, VolumeDevice& device, VolumeKeeper& keeper, BlockCache& cache)
{
    auto store = TRY(open_store(mount, device, cache));
    auto const number = kFirstVolumeDevice + volumes.size();
    auto nodes = TRY(VolumeNodes::create(mount.path, number, std::move(store), keeper));
    auto* tree = TRY(TreeFileSystem::create(mount.path, *nodes));
    TRY(volumes.push(nodes.release())); // mounts are for good
    return tree;
}

void write_back_volumes()
{
    for (auto* volume : volumes)
        (void)volume->sync();
}

void close_volumes()
{
    for (auto* volume : volumes)
        (void)volume->close();
}

} // namespace farl
