#include "host/platform/emulator/sha256.h"

#include "base/result.h"

namespace farl::host {

Sha256::Sha256() : context_(EVP_MD_CTX_new())
{
    ASSERT(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::update(std::span<std::byte const> bytes)
{
    ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

sgx::Hash Sha256::current() const
{
    Context copy(EVP_MD_CTX_new());
    sgx::Hash hash;
    ASSERT(copy && EVP_MD_CTX_copy_ex(copy.get(), context_.get())
        && EVP_DigestFinal_ex(copy.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr));
    return hash;
}

sgx::Hash Sha256::of(std::span<std::byte const> bytes)
{
    Sha256 hash;
    hash.update(bytes);
    return hash.current();
}

} // namespace farl::host
