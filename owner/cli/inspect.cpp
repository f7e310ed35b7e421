#include "owner/cli/inspect.h"

#include "owner/cli/subcommand.h"
#include "owner/inspect/enclave_report.h"
#include "owner/launch/file_descriptor.h"
#include "owner/launch/user_error.h"
#include "owner/rewrite/mapped_file.h"
#include "owner/rewrite/report.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl inspect [--json] FILE...
       farl inspect [--json] [--files] [--keys FILE] IMAGE...
       farl inspect [--json] [--sigstruct FILE] [--sgxs FILE] [--write-sgxs FILE] [ENCLAVE]

Of a program or library (ELF): which `syscall` instructions it has, and which of them can be replaced by jumps. The others
trap when they run: slower, with the same result.

Of a container image (OCI layout or archive, or what `docker save` writes): what it runs, its files and layers, all of them
verified; and if Farl protects it, the measurement of its enclave. With its keys (IMAGE.keys.yaml, if that is there) also the regions
that it has, how many files are in each, and their sizes; without them nobody can tell.

  --files             list the files of a protected image, too
  --keys FILE         the keys of a protected image, where they are not in IMAGE.keys.yaml

Of an enclave: MRENCLAVE, the pages it is made of, and what its SIGSTRUCT says: MRSIGNER, product, security version, attributes. All
parts that are given are verified against each other. The SIGSTRUCT is ENCLAVE.sigstruct if there is one.

  --sigstruct FILE    the signature to show and to verify
  --sgxs FILE         a measurement stream (SGXS), in place of ENCLAVE or to compare it with
  --write-sgxs FILE   write the measurement stream of ENCLAVE: its SHA-256 is MRENCLAVE
  --json              one JSON object a line

Examples:
  farl inspect /usr/bin/redis-server
  farl inspect --files redis.farl
  farl inspect build/bin/farl-enclave
  farl inspect --json build/bin/farl-enclave | jq -r .signature.mrsigner
  farl inspect --sgxs enclave.sgxs --sigstruct enclave.sigstruct

Exit status: 0 if all is well; 1 if the parts of an enclave do not belong together or a signature is wrong; 2 for a wrong option,
126 for a file that is not what it should be, 127 for a missing file.
)";

struct InspectOptions {
    std::vector<std::string> files;
    std::string sigstruct, sgxs, written_sgxs;
    bool json { false };
    std::string image_keys; // for who completes words: images are another program's
    bool lists_files { false };

    bool is_of_enclave() const { return !sigstruct.empty() || !sgxs.empty() || !written_sgxs.empty(); }
};

InspectOptions parse_options(std::span<char const* const> arguments)
{
    InspectOptions options;
    CLI::App app;
    app.add_option("FILE", options.files);
    app.add_option("--sigstruct", options.sigstruct);
    app.add_option("--sgxs", options.sgxs);
    app.add_option("--write-sgxs", options.written_sgxs);
    app.add_flag("--json", options.json);
    app.add_flag("--files", options.lists_files);
    app.add_option("--keys", options.image_keys);
    parse_words(app, arguments, "inspect");
    if (options.files.empty() && options.sigstruct.empty() && options.sgxs.empty())
        throw UserError(kBadUsage, "inspect: expected FILE..., --sgxs or --sigstruct; try `farl inspect --help`");
    if (options.lists_files || !options.image_keys.empty())
        throw UserError(kBadUsage, "inspect: --files and --keys are about container images, and there is none");
    if (options.is_of_enclave() && options.files.size() > 1)
        throw UserError(
            kBadUsage, "inspect: --sigstruct, --sgxs and --write-sgxs are about one enclave: give one FILE");
    if (!options.written_sgxs.empty() && options.files.empty())
        throw UserError(kBadUsage, "inspect: --write-sgxs needs the enclave whose stream it writes");
    return options;
}

[[noreturn]] void fail(std::string const& path, Errno error)
{
    throw UserError(kNotFound, fmt::format("{}: {}", path, std::strerror(static_cast<int>(error))));
}

MappedFile mapped(std::string const& path)
{
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        fail(path, static_cast<Errno>(errno));
    auto mapping = MappedFile::map(file.get());
    if (mapping.is_error())
        fail(path, mapping.error());
    return mapping.release_value();
}

void print(std::string const& text) { std::fputs(text.c_str(), stdout); }

int report_program(std::string const& path, std::span<std::byte const> bytes, bool is_json)
{
    auto analysis = analyse(bytes);
    if (analysis.is_error() && analysis.error() == Errno::Enoexec)
        throw UserError(kNotRunnable, fmt::format("{} is not an ELF file for 64-bit x86, or a damaged one", path));
    if (analysis.is_error())
        fail(path, analysis.error());
    print(is_json ? report_as_json(path, analysis.value()) + "\n" : report_as_text(path, analysis.value()));
    return 0;
}

sgx::SigStruct read_sigstruct(std::string const& path)
{
    auto const file = mapped(path);
    sgx::SigStruct signature;
    if (file.bytes().size() != sizeof(signature))
        throw UserError(kNotRunnable,
            fmt::format(
                "{} is not a SIGSTRUCT: it has {} bytes, not {}", path, file.bytes().size(), sizeof(signature)));
    std::memcpy(&signature, file.bytes().data(), sizeof(signature));
    return signature;
}

EnclaveOutline read_stream(std::string const& path)
{
    auto const file = mapped(path);
    try {
        return outline_of(file.bytes());
    } catch (StreamDefect const& defect) {
        throw UserError(kNotRunnable, fmt::format("{} is not a measurement stream: {}", path, defect.what()));
    }
}

void write_file(std::string const& path, std::span<std::byte const> bytes)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file)
        throw UserError(kBadUsage, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

void describe_image(EnclaveParts& parts, sgx::Image const& image, InspectOptions const& options)
{
    auto const stream = measurement_stream(image);
    if (!options.written_sgxs.empty())
        write_file(options.written_sgxs, stream);
    parts.enclave = outline_of(stream);
    parts.enclu_sites = image.enclu_sites();
    parts.entry = image.entry();
}

int report_enclave(EnclaveParts parts, InspectOptions const& options)
{
    auto sigstruct = options.sigstruct;
    if (sigstruct.empty() && parts.enclave && access((parts.path + ".sigstruct").c_str(), F_OK) == 0)
        sigstruct = parts.path + ".sigstruct";
    if (!sigstruct.empty())
        parts.signature = read_sigstruct(sigstruct);
    if (!options.sgxs.empty())
        parts.stream = read_stream(options.sgxs);
    if (parts.path.empty())
        parts.path = options.sgxs.empty() ? options.sigstruct : options.sgxs;
    print(options.json ? report_as_json(parts) + "\n" : report_as_text(parts));
    return parts.defects().empty() ? 0 : kRefused;
}

int report_file(std::string const& path, InspectOptions const& options)
{
    auto const file = mapped(path);
    auto image = sgx::Image::parse(file.bytes());
    if (image.is_error() && options.is_of_enclave())
        throw UserError(kNotRunnable, fmt::format("{} is not an enclave of Farl, or a damaged one", path));
    if (image.is_error())
        return report_program(path, file.bytes(), options.json);
    EnclaveParts parts { .path = path };
    describe_image(parts, image.value(), options);
    return report_enclave(std::move(parts), options);
}

} // namespace

int inspect_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        print(kHelp);
        return 0;
    }
    auto const options = parse_options(arguments);
    if (options.files.empty())
        return report_enclave({}, options);
    int status = 0;
    for (auto const& file : options.files)
        status = std::max(status, report_file(file, options));
    return status;
}

} // namespace farl::owner
