#include "owner/protect/protection_layer.h"

#include "owner/launch/user_error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <map>

namespace farl::owner {

namespace {

namespace fs = std::filesystem;

struct File {
    std::string source;
    uint32_t mode;
};

// In the order of their names: the same files make the same layer.
std::map<std::string, File> files_of(std::string const& directory, Installation const& installation)
{
    std::map<std::string, File> files;
    for (auto const& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file())
            files.emplace(entry.path().lexically_relative(directory), File { entry.path(), 0644 });
    }
    files.emplace(".farl/bin/farl-launcher", File { installation.launcher, 0755 });
    files.emplace(".farl/bin/farl-enclave", File { installation.enclave, 0644 });
    files.emplace(".farl/bin/farl-enclave.sigstruct", File { installation.sigstruct, 0644 });
    return files;
}

void add_file(TarWriter& tar, std::string const& path, File const& file)
{
    FileDescriptor descriptor(open(file.source.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor)
        throw UserError(kNotFound, fmt::format("{}: {}", file.source, std::strerror(errno)));
    tar.add(path, { .mode = file.mode, .size = fs::file_size(file.source) });
    FileSource source(std::move(descriptor), file.source);
    std::vector<std::byte> block(kStreamBlock);
    while (auto const count = source.read(block))
        tar.write(std::span(block).first(count));
}

} // namespace

LayerWriter::Result protection_layer(
    LayoutWriter& layout, std::string const& directory, Installation const& installation)
{
    LayerWriter layer(layout);
    for (auto const* path : { ".farl", ".farl/bin", ".farl/data" })
        layer.tar().add(path, { .type = FileType::Directory, .mode = 0755 });
    for (auto const& [path, file] : files_of(directory, installation))
        add_file(layer.tar(), path, file);
    return layer.finish();
}

} // namespace farl::owner
