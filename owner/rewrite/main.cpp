// farl-rewrite: shows what the analyser makes of ELF files. For developers; `farl run` does the same by itself.
#include "owner/launch/file_descriptor.h"
#include "owner/rewrite/mapped_file.h"
#include "owner/rewrite/report.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <fcntl.h>

namespace farl::owner {

namespace {

Result<Analysis> analyse_file(std::string const& path)
{
    FileDescriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        return static_cast<Errno>(errno);
    auto const mapping = TRY(MappedFile::map(file.get()));
    return analyse(mapping.bytes());
}

bool report(std::string const& path, bool is_json)
{
    auto const analysis = analyse_file(path);
    if (analysis.is_error()) {
        auto const* reason = analysis.error() == Errno::Enoexec ? "not an ELF file for x86-64, or a damaged one"
                                                                : std::strerror(static_cast<int>(analysis.error()));
        std::fprintf(stderr, "farl-rewrite: %s: %s\n", path.c_str(), reason);
        return false;
    }
    auto const text = is_json ? report_as_json(path, analysis.value()) + "\n" : report_as_text(path, analysis.value());
    std::fputs(text.c_str(), stdout);
    return true;
}

} // namespace

} // namespace farl::owner

int main(int argc, char** argv)
{
    CLI::App app("Shows which system calls of ELF files can be replaced by jumps.", "farl-rewrite");
    std::vector<std::string> files;
    bool is_json = false;
    app.add_option("FILE", files, "ELF files")->required();
    app.add_flag("--json", is_json, "one JSON object a line");
    CLI11_PARSE(app, argc, argv);

    bool is_ok = true;
    for (auto const& file : files)
        is_ok &= farl::owner::report(file, is_json);
    return is_ok ? 0 : 1;
}
