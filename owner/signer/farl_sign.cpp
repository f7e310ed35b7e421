// farl-sign: measures and signs farl-enclave. A tool of the build.
//   farl-sign --key KEY.pem --out FILE.sigstruct [--debug] [--print] ENCLAVE
// A key that does not exist is generated. --print writes MRENCLAVE and MRSIGNER to the standard output.
#include "owner/signer/enclave_signer.h"

#include <CLI/CLI.hpp>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace farl::owner {

namespace {

struct Options {
    std::string enclave;
    std::string key;
    std::string output;
    bool allows_debug { false };
    bool prints { false };
};

char const* text_of(Errno error) { return std::strerror(static_cast<int>(error)); }

Result<std::vector<std::byte>> read_file(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return Errno::Enoent;
    std::vector<char> text { std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>() };
    auto const bytes = std::as_bytes(std::span(text));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
}

Result<> write_file(std::string const& path, std::span<std::byte const> bytes)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    return file ? Result<> {} : Errno::Eio;
}

Result<SigningKey> load_or_generate_key(std::string const& path)
{
    auto loaded = SigningKey::load(path);
    if (loaded.is_ok() || loaded.error() != Errno::Enoent)
        return loaded;
    auto key = TRY(SigningKey::generate());
    auto saved = key.save(path);
    // Another build was faster: its key is as good.
    if (saved.is_error() && saved.error() == Errno::Eexist)
        return SigningKey::load(path);
    TRY(std::move(saved));
    return key;
}

Result<sgx::Hash> measure_file(std::string const& path)
{
    auto const bytes = TRY(read_file(path));
    return measure(TRY(sgx::Image::parse(bytes)));
}

void print(char const* name, sgx::Hash const& hash)
{
    std::cout << name << ' ';
    for (auto byte : hash)
        std::cout << "0123456789abcdef"[static_cast<int>(byte) >> 4] << "0123456789abcdef"[static_cast<int>(byte) & 15];
    std::cout << '\n';
}

int fail(std::string const& what, std::string const& path, Errno error)
{
    std::cerr << "farl-sign: " << what << ' ' << path << ": " << text_of(error) << '\n';
    return 1;
}

int run(Options const& options)
{
    auto mrenclave = measure_file(options.enclave);
    if (mrenclave.is_error())
        return fail("cannot measure", options.enclave, mrenclave.error());
    auto key = load_or_generate_key(options.key);
    if (key.is_error())
        return fail("cannot use the key", options.key, key.error());
    auto const structure =
        sign_enclave(key.value(), { .mrenclave = mrenclave.value(), .allows_debug = options.allows_debug });
    if (auto written = write_file(options.output, std::as_bytes(std::span(&structure, 1))); written.is_error())
        return fail("cannot write", options.output, written.error());
    if (options.prints) {
        print("MRENCLAVE", mrenclave.value());
        print("MRSIGNER ", key.value().mrsigner());
    }
    return 0;
}

} // namespace

} // namespace farl::owner

int main(int argc, char** argv)
{
    farl::owner::Options options;
    CLI::App app { "Measures and signs an enclave." };
    app.add_option("enclave", options.enclave, "The enclave's ELF file")->required();
    app.add_option("--key", options.key, "RSA-3072 key (PEM); generated if it does not exist")->required();
    app.add_option("--out", options.output, "The SIGSTRUCT to write")->required();
    app.add_flag("--debug", options.allows_debug, "Let the enclave be started with DEBUG");
    app.add_flag("--print", options.prints, "Print MRENCLAVE and MRSIGNER");
    CLI11_PARSE(app, argc, argv);
    return farl::owner::run(options);
}
