#include "owner/pack/packed_image.h"

#include "owner/launch/program.h"
#include "owner/launch/user_error.h"
#include "owner/oci/image_json_writer.h"
#include "owner/oci/layer_writer.h"
#include "owner/pack/pack_list.h"
#include "owner/rewrite/library_closure.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <set>

namespace farl::owner {

namespace {

constexpr char const* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Where dynamic linkers look without being told; ld.so(8).
bool is_usual_directory(std::string const& directory)
{
    for (std::string_view const usual : { "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64",
             "/lib", "/usr/lib", "/usr/local/lib" })
        if (directory == usual)
            return true;
    return false;
}

class Packer {
public:
    explicit Packer(PackRequest const& request) : request_(request) { }

    void collect()
    {
        for (auto const& program : request_.programs)
            add_program(program);
        for (auto const& addition : request_.additions)
            add(addition);
        add_minimal_files();
    }

    PackList const& list() const { return list_; }

    ImageConfig config() const
    {
        ImageConfig config { .entrypoint = entry_point_, .working_directory = "/" };
        config.environment.push_back(kPath);
        if (!library_directories_.empty())
            config.environment.push_back(fmt::format("LD_LIBRARY_PATH={}", fmt::join(library_directories_, ":")));
        config.environment.insert(config.environment.end(), request_.environment.begin(), request_.environment.end());
        return config;
    }

private:
    void add_program(std::string const& name)
    {
        auto const root = RootDirectory::open("/");
        auto const program = find_program(root, { { name }, current_directory(), request_.search_path });
        auto const is_script = program.arguments.size() > 1;
        for (auto const& argument : program.arguments)
            if (is_script && argument.starts_with('/'))
                list_.add(argument); // interpreters and the script itself
        for (auto const& code : library_closure(root, program.path))
            add_code(code.path, code.path == program.path);
        if (entry_point_.empty())
            entry_point_ = is_script ? program.arguments : std::vector { program.path };
    }

    void add_code(std::string const& path, bool is_program)
    {
        list_.add(path);
        auto const directory = path.substr(0, path.rfind('/'));
        if (!is_program && path.find(".so") != path.npos && !is_usual_directory(directory))
            library_directories_.insert(directory);
    }

    void add(PackRequest::Addition const& addition)
    {
        if (access(addition.source.c_str(), R_OK))
            throw UserError(kNotFound, fmt::format("{}: {}", addition.source, std::strerror(errno)));
        if (addition.source == addition.path)
            list_.add(addition.path);
        else
            list_.add_as(addition.source, addition.path);
    }

    // Without them getpwnam(3), getaddrinfo(3), tmpfile(3) and their like fail.
    void add_minimal_files()
    {
        for (auto const* path : { "/dev", "/etc", "/proc", "/run", "/sys" })
            list_.add_directory(path, 0755);
        list_.add_directory("/root", 0700);
        list_.add_directory("/tmp", 01777);
        list_.add_text("/etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n", 0644);
        list_.add_text("/etc/group", "root:x:0:\nnogroup:x:65534:\n", 0644);
        list_.add_text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n", 0644);
        list_.add_text("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n", 0644);
    }

    static std::string current_directory()
    {
        std::unique_ptr<char, decltype(&std::free)> directory(getcwd(nullptr, 0), &std::free);
        return directory ? directory.get() : "/";
    }

    PackRequest const& request_;
    PackList list_;
    std::vector<std::string> entry_point_;
    std::set<std::string> library_directories_;
};

class LayerFiller {
public:
    LayerFiller(TarWriter& tar, std::function<void(uint64_t)> progress) : tar_(tar), progress_(std::move(progress)) { }

    void add(std::string const& path, PackList::Item const& item)
    {
        tar_.add(path, item.attributes);
        if (item.attributes.type != FileType::Regular)
            return;
        if (item.source.empty())
            tar_.write(std::as_bytes(std::span(item.text)));
        else
            copy(item);
    }

private:
    void copy(PackList::Item const& item)
    {
        FileDescriptor file(open(item.source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (!file)
            throw UserError(kNotFound, fmt::format("{}: {}", item.source, std::strerror(errno)));
        FileSource source(std::move(file), item.source);
        auto rest = item.attributes.size;
        while (auto const count = source.read(block_)) {
            if (count > rest)
                break;
            tar_.write(std::span(block_).first(count));
            rest -= count;
            progress_(count);
        }
        if (rest != 0)
            throw UserError(kNotRunnable, fmt::format("{}: changed while it was packed; try again", item.source));
    }

    TarWriter& tar_;
    std::function<void(uint64_t)> progress_;
    std::vector<std::byte> block_ = std::vector<std::byte>(kStreamBlock);
};

} // namespace

PackedImage pack_image(PackRequest const& request, std::function<void(uint64_t done, uint64_t total)> const& progress)
{
    Packer packer(request);
    packer.collect();
    PackedImage packed { .file_count = packer.list().items().size(), .size = 0 };
    for (auto const& [path, item] : packer.list().items())
        packed.size += item.attributes.size;

    LayoutWriter layout(request.output);
    LayerWriter layer(layout);
    uint64_t done = 0;
    LayerFiller filler(layer.tar(), [&](uint64_t count) { progress(done += count, packed.size); });
    for (auto const& [path, item] : packer.list().items())
        filler.add(path, item);
    auto const written = layer.finish();
    auto config = packer.config();
    config.diff_ids = { written.diff_id };
    auto const described = layout.add_blob("application/vnd.oci.image.config.v1+json", image_config_json(config));
    layout.write_manifest({ described, { written.blob } });
    layout.commit();
    return packed;
}

} // namespace farl::owner
