#include "enclave/process/injected_files.h"

#include "enclave/fs/ephemeral/ephemeral_nodes.h"
#include "enclave/fs/tree/tree_file_system.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

// One tree from the root for all of them. The program's own tree shows through wherever it is not mounted over.
Result<TreeFileSystem*> create_tree()
{
    auto* nodes = TRY(make_owned<EphemeralNodes>(kInjectedDevice)).release(); // mounts are for good
    return TreeFileSystem::create_unguarded(*nodes);
}

// "/a", "/a/b" and so on, without the last name; `end` is where the one before ended.
bool next_directory(std::string_view path, size_t& end)
{
    end = path.find('/', end + 1);
    return end != path.npos;
}

Result<> make_directories(FileSystem& tree, std::string_view path)
{
    constexpr uint32_t kMode = 0755;
    for (size_t end = 0; next_directory(path, end);) {
        auto made = tree.make_directory({ path.substr(0, end) }, kMode);
        if (made.is_error() && made.error() != Errno::Eexist)
            return made;
    }
    return {};
}

Result<> put_in(FileSystem& tree, formats::InjectedFile const& injected)
{
    TRY(make_directories(tree, injected.path));
    OpenRequest request { .flags = O_WRONLY | O_CREAT | O_EXCL, .mode = injected.mode };
    auto file = TRY(tree.open({ injected.path }, request));
    auto content = Source::of(injected.content.data(), injected.content.size());
    auto written = TRY(file->write(content));
    return written == injected.content.size() ? Result<> {} : Errno::Enomem;
}

bool is_in(FileSystem const& tree, std::string_view path)
{
    auto location = vfs().resolve_absolute(path);
    return location.is_ok() && location.value().file_system == &tree;
}

bool exists(std::string_view path)
{
    auto location = vfs().resolve_absolute(path);
    return location.is_ok() && location.value().file_system->status(location.value().file_path(), Follow::Yes).is_ok();
}

// Over the file, or over the first directory on the way to it that there is not, so that it can be listed.
// HOST: which directories there are is a claim about files that are the host's anyway.
std::string_view mount_point(std::string_view path)
{
    for (size_t end = 0; next_directory(path, end);)
        if (!exists(path.substr(0, end)))
            return path.substr(0, end);
    return path;
}

Result<> mount(FileSystem& tree, std::string_view path)
{
    auto* kept = new (std::nothrow) String(TRY(String::from(mount_point(path)))); // mounts are for good
    if (!kept)
        return Errno::Enomem;
    return vfs().mount(kept->view(), tree);
}

} // namespace

Result<> inject_files(formats::StartupConfig const& config)
{
    if (config.file_count() == 0)
        return {};
    auto* tree = TRY(create_tree());
    for (auto const& file : config.files())
        TRY(put_in(*tree, file));
    for (auto const& file : config.files()) // those of one new directory have one mount
        if (!is_in(*tree, file.path))
            TRY(mount(*tree, file.path));
    return {};
}

Result<> inject_file(formats::InjectedFile const& injected)
{
    auto* tree = TRY(create_tree());
    TRY(put_in(*tree, injected));
    vfs().replace(injected.path, *tree);
    return is_in(*tree, injected.path) ? Result<> {} : mount(*tree, injected.path);
}

} // namespace farl
