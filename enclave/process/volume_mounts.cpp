#include "enclave/process/volume_mounts.h"

#include "enclave/fs/volume/volume_file_system.h"
#include "enclave/fs/volume/volume_store.h"
#include "enclave/hostcall/log.h"
#include "enclave/hostcall/service_fiber.h"
#include "enclave/process/leased_volume.h"
#include "enclave/process/mounts.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kInterval_ns = kSecond; // at which the CAS is told of lazy volumes

// As long as the process: the program's files are in there.
struct Volumes {
    explicit Volumes(CasConversation& conversation) : conversation(conversation), cas(conversation) { }

    CasConversation& conversation;
    CasRegister cas;
    BlockCache* cache { nullptr };
    Vector<Owned<LeasedVolume>> all;
};
constinit Volumes* the_volumes = nullptr;

// What nobody synchronises is written within seconds all the same, as Linux does.
void look_after_volumes(void*)
{
    constexpr uint64_t kIntervalsToWriteBack = 5;
    for (uint64_t interval = 1;; ++interval) {
        auto const next_ns = scheduler().now_ns() + kInterval_ns;
        while (scheduler().now_ns() < next_ns)
            (void)scheduler().park(next_ns);
        for (auto& volume : the_volumes->all)
            volume->look_after();
        if (interval % kIntervalsToWriteBack == 0)
            write_back_volumes();
    }
}

void end_volumes()
{
    close_volumes();
    for (auto& volume : the_volumes->all)
        volume->give_back();
    the_volumes->conversation.disconnect();
}

// "NAME.volume" in the directory for all of them, unless this one has a file of its own. None: empty.
Result<String> place_of(wire::LaunchConfig const& launch, std::string_view name)
{
    for (auto const& file : launch.volume_files())
        if (file.name == name)
            return String::from(file.path);
    String path;
    if (launch.volume_directory().empty())
        return path;
    for (auto part : { launch.volume_directory(), std::string_view("/"), name, std::string_view(".volume") })
        TRY(path.append(part));
    return path;
}

// What keeps a volume from being mounted, on the log in one line, with what can be done about it.
class Complaint {
public:
    Complaint(formats::VolumeAccess const& volume, std::string_view service, std::string_view path)
        : volume_(volume),
          session_(service.substr(0, service.find('/'))),
          path_(path)
    {
        line_ << "volume " << volume.name << ": ";
    }
    ~Complaint()
    {
        if (!path_.empty())
            line_ << " (" << path_ << ")";
    }

    void no_place()
    {
        line_ << "the host names no file for it: `farl run --volume " << volume_.name
              << "=FILE` does, or a directory at /farl/volumes of the container";
    }
    void not_opened(Errno error)
    {
        if (error == Errno::Eagain)
            line_ << "another process of this machine uses its file; end that one first";
        else
            line_ << "its file cannot be opened for reading and writing: error " << static_cast<int>(error);
    }
    void not_usable(Errno error)
    {
        switch (error) {
        case Errno::Estale:
            line_ << "its file is an older copy, or was written from one: the CAS knows of commit " << volume_.sequence
                  << ". Put the newest one back, or ";
            return say_how_it_is_accepted();
        case Errno::Enoent:
            line_ << "there is no volume in its file, and the CAS knows of commit " << volume_.sequence
                  << ". Put it back, or begin anew: ";
            return say_how_it_is_accepted();
        case Errno::Ebadmsg:
        case Errno::Einval:
            line_ << "its file is damaged, or another volume"
                  << (is_local() ? ", or was moved: its key belongs to the path that it was made with" : "")
                  << "; put a good copy back";
            return;
        default:
            line_ << "its file cannot be read or written: error " << static_cast<int>(error);
        }
    }

private:
    // The command's own CAS has the key.
    bool is_local() const { return session_ == "embedded"; }
    void say_how_it_is_accepted()
    {
        if (is_local()) {
            line_ << "what is there is accepted by --accept-older, once";
            return;
        }
        line_ << "its owner accepts what is there by `farl policy volumes --accept-older " << volume_.name << ' '
              << session_ << '`';
    }

    formats::VolumeAccess const& volume_;
    std::string_view session_;
    std::string_view path_;
    Log line_ { LogLevel::Error };
};

VolumeState newest_state(formats::VolumeAccess const& volume)
{
    VolumeState state { .sequence = volume.sequence };
    memcpy(state.tag.data(), volume.tag.data(), volume.tag.size());
    return state;
}

Result<> add_tenure(formats::VolumeAccess const& volume, uint64_t asked_ns, uint64_t lease_ns)
{
    auto* name = new (std::nothrow) String(TRY(String::from(volume.name))); // as long as the process
    if (!name)
        return Errno::Enomem;
    VolumeTenure::Beginning const beginning {
        .rollback = volume.rollback, .kept = newest_state(volume), .asked_ns = asked_ns, .lease_ns = lease_ns
    };
    return the_volumes->all.push(TRY(make_owned<LeasedVolume>(the_volumes->cas, name->view(), beginning)));
}

Result<FileSystem*> open(
    formats::VolumeAccess const& volume, std::string_view mount_path, HostVolumeDevice& device, LeasedVolume& keeper)
{
    VolumeMount mount {
        .path = mount_path, .key = VolumeKey(volume.key.first<32>()), .id = {}, .newest = newest_state(volume)
    };
    memcpy(mount.id.data(), volume.id.data(), mount.id.size());
    auto opened = open_volume(mount, device, keeper, *the_volumes->cache);
    if (opened.is_error() && opened.error() == Errno::Ebadmsg) {
        auto const id = VolumeStore::id_of(device);
        if (id.is_error() && id.error() == Errno::Enoent)
            return Errno::Enoent;
    }
    return opened;
}

// Null after a line on the log.
FileSystem* file_system_of(formats::VolumeAccess const& volume, std::string_view mount_path, std::string_view path,
    std::string_view service, LeasedVolume& keeper)
{
    if (path.empty()) {
        Complaint(volume, service, path).no_place();
        return nullptr;
    }
    auto device = HostVolumeDevice::open(path, keeper);
    if (device.is_error()) {
        Complaint(volume, service, path).not_opened(device.error());
        return nullptr;
    }
    auto opened = open(volume, mount_path, *device.value(), keeper);
    if (opened.is_error()) {
        Complaint(volume, service, path).not_usable(opened.error());
        return nullptr;
    }
    (void)device.release_value().release(); // mounts are for good
    return opened.value();
}

// A new volume is root's. It becomes the program's own, as directories of images do that volumes are mounted on.
Result<> give_to_program(Process& process, FileSystem& files, std::string_view mount_path)
{
    auto const status = TRY(files.status({ mount_path }, Follow::No));
    auto const own = process.identity;
    if (status.st_uid != 0 || status.st_gid != 0 || own.effective_uid == 0)
        return {};
    auto become = [&](Identity const& identity) {
        LockGuard guard(process.identity_lock);
        process.identity = identity;
    };
    Identity root {};
    root.start_program();
    become(root);
    auto changed = files.change_owner({ mount_path }, own.effective_uid, own.effective_gid, Follow::No);
    become(own);
    return changed;
}

Result<> mount(
    Process& process, formats::VolumeAccess const& volume, LeasedVolume& keeper, wire::LaunchConfig const& launch)
{
    auto path = TRY(place_of(launch, volume.name));
    auto* kept = new (std::nothrow) String(TRY(String::from(volume.path))); // mounts are for good
    if (!kept)
        return Errno::Enomem;
    auto* files = file_system_of(volume, kept->view(), path, launch.cas()->service, keeper);
    if (!files)
        return Errno::Eio;
    TRY(give_to_program(process, *files, kept->view()));
    return vfs().mount(kept->view(), *files);
}

} // namespace

Result<> mount_volumes(Process& process, formats::StartupConfig const& config, wire::LaunchConfig const& launch,
    CasConversation& cas, uint64_t asked_ns)
{
    the_volumes = new (std::nothrow) Volumes(cas);
    if (!the_volumes)
        return Errno::Enomem;
    the_volumes->cache = TRY(block_cache(launch.settings().cache_size));
    for (auto const& volume : config.volumes())
        TRY(add_tenure(volume, asked_ns, config.volume_lease_seconds() * kSecond));
    process.at_exit(end_volumes); // also if one of them cannot be mounted: all are given back
    size_t index = 0;
    for (auto const& volume : config.volumes())
        TRY(mount(process, volume, *the_volumes->all[index++], launch));
    return ServiceFiber::start(look_after_volumes, nullptr);
}

} // namespace farl
