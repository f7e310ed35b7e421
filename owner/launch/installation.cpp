#include "owner/launch/installation.h"

#include "abi/sgx/sigstruct.h"
#include "owner/launch/user_error.h"

#include <array>
#include <climits>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

namespace farl::owner {

namespace {

std::string own_directory()
{
    std::array<char, PATH_MAX> buffer {};
    auto size = readlink("/proc/self/exe", buffer.data(), buffer.size());
    if (size <= 0)
        throw UserError(kFarlFailed, "cannot read /proc/self/exe; is /proc mounted?");
    std::string path(buffer.data(), static_cast<size_t>(size));
    return path.substr(0, path.rfind('/'));
}

bool is_readable(std::string const& path) { return access(path.c_str(), R_OK) == 0; }

std::string libexec_of(std::string const& directory)
{
    return directory.substr(0, directory.rfind('/')) + "/libexec/farl";
}

Installation in(std::string const& directory)
{
    return { directory + "/farl-launcher", directory + "/farl-enclave", directory + "/farl-enclave.sigstruct" };
}

} // namespace

Installation Installation::find()
{
    auto directory = own_directory();
    auto installation = in(directory);
    auto elsewhere = in(libexec_of(directory));
    if (!is_readable(installation.launcher) && is_readable(elsewhere.launcher))
        installation = elsewhere;
    for (auto const* file : { &installation.launcher, &installation.enclave, &installation.sigstruct }) {
        if (!is_readable(*file))
            throw UserError(
                kFarlFailed, fmt::format("{} is missing: Farl is not completely built or installed", *file));
    }
    return installation;
}

sgx::Hash measurement_of(Installation const& installation)
{
    sgx::SigStruct signature;
    std::ifstream file(installation.sigstruct, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(&signature), sizeof signature))
        throw UserError(kFarlFailed, fmt::format("{} is no enclave's signature", installation.sigstruct));
    return signature.enclave_hash;
}

std::string installed_program(std::string const& name)
{
    auto directory = own_directory();
    auto beside = directory + "/" + name;
    auto elsewhere = libexec_of(directory) + "/" + name;
    return is_readable(elsewhere) && !is_readable(beside) ? elsewhere : beside;
}

} // namespace farl::owner
