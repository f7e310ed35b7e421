// The signed enclave of ../shared/vectors/sgx, made by tools that are not ours. Tests that use it skip where it is
// absent.
#pragma once

#include "abi/sgx/sigstruct.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace farl::sgx_vectors {

struct SignedEnclave {
    // Records of 64 bytes, as abi/sgx/measurement.h makes them; an EEXTEND is followed by its 256 bytes.
    std::vector<std::byte> stream;
    sgx::SigStruct signature;
};

inline std::vector<std::byte> read_file(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    std::vector<char> const text { std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>() };
    auto const bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

inline std::optional<SignedEnclave> load()
{
    std::string const directory = FARL_TEST_VECTORS "/sgx/";
    SignedEnclave enclave { read_file(directory + "test_enclave.sgxs"), {} };
    auto const signature = read_file(directory + "test_enclave.sigstruct");
    if (enclave.stream.empty() || signature.size() != sizeof(sgx::SigStruct))
        return std::nullopt;
    std::memcpy(&enclave.signature, signature.data(), sizeof(sgx::SigStruct));
    return enclave;
}

} // namespace farl::sgx_vectors
