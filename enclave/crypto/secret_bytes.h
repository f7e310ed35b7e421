// SecretBytes: as Secret, of a size that is known late. Its memory does not move, and is wiped when it goes.
#pragma once

#include "base/vector.h"
#include "enclave/crypto/secret.h"

namespace farl {

class SecretBytes {
public:
    SecretBytes() = default;                       // none
    static Result<SecretBytes> create(size_t size) // zeros; ENOMEM
    {
        SecretBytes created;
        TRY(created.bytes_.resize(size));
        return created;
    }
    static Result<SecretBytes> copy_of(std::span<std::byte const> bytes) // ENOMEM
    {
        auto copy = TRY(create(bytes.size()));
        if (!bytes.empty())
            memcpy(copy.bytes().data(), bytes.data(), bytes.size());
        return copy;
    }
    SecretBytes(SecretBytes&&) = default;
    SecretBytes& operator=(SecretBytes&&) = default; // exchanges: the other one wipes what was here
    ~SecretBytes() { wipe(bytes_.data(), bytes_.size()); }

    std::span<std::byte const> bytes() const { return bytes_.span(); }
    std::span<std::byte> bytes() { return bytes_.span(); }

private:
    Vector<std::byte> bytes_;
};

} // namespace farl
