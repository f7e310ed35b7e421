#include "owner/rewrite/library_closure.h"

#include "owner/rewrite/dynamic_section.h"
#include "owner/rewrite/ld_cache.h"
#include "owner/rewrite/mapped_file.h"

#include <fcntl.h>
#include <optional>
#include <set>

namespace farl::owner {

namespace {

constexpr size_t kLargestClosure = 1024;

std::string directory_of(std::string const& path) { return path.substr(0, path.rfind('/')); }
std::string name_of(std::string const& path) { return path.substr(path.rfind('/') + 1); }

void append_directories(std::vector<std::string>& directories, std::string_view list, std::string_view separators)
{
    for (size_t begin = 0; begin < list.size();) {
        auto const end = std::min(list.find_first_of(separators, begin), list.size());
        if (end > begin)
            directories.emplace_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
}

std::string with_origin(std::string directory, std::string const& origin)
{
    for (std::string_view const name : { "$ORIGIN", "${ORIGIN}" }) {
        if (auto const at = directory.find(name); at != directory.npos)
            directory.replace(at, name.size(), origin);
    }
    return directory;
}

// What one file says about the others it needs.
struct Needs {
    std::vector<std::string> libraries;
    std::string run_path; // DT_RUNPATH or DT_RPATH
    std::string interpreter;
};

Needs needs_of(ElfImage const& image)
{
    DynamicSection const dynamic(image);
    Needs needs;
    for (auto const name : dynamic.values(DT_NEEDED))
        needs.libraries.emplace_back(dynamic.text(name));
    for (auto const tag : { DT_RUNPATH, DT_RPATH }) {
        if (auto const path = dynamic.value(tag); path && needs.run_path.empty())
            needs.run_path = dynamic.text(*path);
    }
    if (auto const* header = image.program_header(PT_INTERP))
        needs.interpreter = ByteReader(image.bytes_of(*header)).read_text();
    return needs;
}

class ClosureFinder {
public:
    ClosureFinder(RootDirectory const& root, std::string_view library_path) : root_(root)
    {
        append_directories(library_path_, library_path, ":;");
    }

    std::vector<CodeFile> find(std::string const& program)
    {
        add(program);
        // Grows while it is read.
        for (size_t i = 0; i < found_.size() && found_.size() < kLargestClosure; ++i)
            add_needs(i);
        return std::move(found_);
    }

private:
    void add_needs(size_t index)
    {
        auto const mapping = MappedFile::map(found_[index].file.get());
        if (mapping.is_error())
            return;
        auto const image = ElfImage::parse(mapping.value().bytes());
        if (image.is_error())
            return;
        auto const needs = needs_of(image.value());
        if (index == 0)
            use_interpreter(needs.interpreter);
        for (auto const& library : needs.libraries)
            search(library, needs.run_path, directory_of(found_[index].path));
    }

    // The dynamic linker decides where libraries are looked for.
    void use_interpreter(std::string const& interpreter)
    {
        if (interpreter.empty())
            return;
        add(interpreter);
        is_musl_ = name_of(interpreter).starts_with("ld-musl");
        if (is_musl_)
            return use_musl_directories();
        default_directories_ = { "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
            "/usr/lib" };
        if (auto const cache = map_inside("/etc/ld.so.cache"))
            cache_ = read_ld_cache(cache->bytes());
    }

    void use_musl_directories()
    {
        auto const file = map_inside("/etc/ld-musl-x86_64.path");
        std::string_view list = "/lib:/usr/local/lib:/usr/lib";
        if (file)
            list = { reinterpret_cast<char const*>(file->bytes().data()), file->bytes().size() };
        append_directories(default_directories_, list, ":\n");
    }

    std::optional<MappedFile> map_inside(std::string const& path) const
    {
        auto const file = root_.open_inside(path, O_RDONLY);
        if (file.is_error())
            return {};
        auto mapping = MappedFile::map(file.value().get());
        return mapping.is_ok() ? std::optional(mapping.release_value()) : std::nullopt;
    }

    void search(std::string const& name, std::string const& run_path, std::string const& origin)
    {
        bool const is_libc_of_musl = is_musl_ && (name == "libc.so" || name.starts_with("libc.musl-"));
        if (is_libc_of_musl || !searched_.insert(name).second)
            return; // musl's interpreter is its C library
        if (name.find('/') != name.npos) {
            add(name.starts_with('/') ? name : "/" + name);
            return;
        }
        auto directories = library_path_;
        append_directories(directories, with_origin(run_path, origin), ":");
        if (add_from(directories, name) || add_from_cache(name))
            return;
        add_from(default_directories_, name);
    }

    bool add_from(std::vector<std::string> const& directories, std::string const& name)
    {
        for (auto const& directory : directories) {
            if (add(directory + "/" + name))
                return true;
        }
        return false;
    }

    // All variants: which one is loaded depends on the processor.
    bool add_from_cache(std::string const& name)
    {
        bool is_found = false;
        auto const [begin, end] = cache_.equal_range(name);
        for (auto entry = begin; entry != end; ++entry)
            is_found |= add(entry->second);
        return is_found;
    }

    // True if it is there, even if it was found before.
    bool add(std::string const& path)
    {
        auto file = root_.open_inside(path, O_RDONLY | O_NONBLOCK);
        struct stat status { };
        if (file.is_error() || ::fstat(file.value().get(), &status) != 0 || !S_ISREG(status.st_mode))
            return false;
        if (known_.insert({ status.st_dev, status.st_ino }).second)
            found_.push_back({ path, file.release_value() });
        return true;
    }

    RootDirectory const& root_;
    std::vector<std::string> library_path_;
    std::vector<std::string> default_directories_;
    std::multimap<std::string, std::string> cache_;
    bool is_musl_ { false };
    std::set<std::pair<dev_t, ino_t>> known_;
    std::set<std::string> searched_;
    std::vector<CodeFile> found_;
};

} // namespace

std::vector<CodeFile> library_closure(
    RootDirectory const& root, std::string const& program, std::string_view library_path)
{
    return ClosureFinder(root, library_path).find(program);
}

} // namespace farl::owner
