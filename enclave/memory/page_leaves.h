// What changing a page of an enclave takes: what the host does, and the enclave's own instructions. Interfaces, so that
// the order of both can be tested without an enclave.
#pragma once

#include "abi/sgx/enclu.h"
#include "abi/sgx/secinfo.h"
#include "base/result.h"
#include "enclave/memory/address_range.h"

namespace farl {

// HOST: success is a claim, which the leaves below check. An error is the platform's failure.
class PageHost {
public:
    // Page tables only, kProt*. A page comes when it is missed.
    virtual Result<> protect(AddressRange range, int protection) = 0;
    // The same, for pages that come by copies and that nobody may see before.
    virtual Result<> prepare(AddressRange range) = 0;
    // Of accepted pages only.
    virtual Result<> restrict(AddressRange range, int protection) = 0;
    virtual Result<> trim(AddressRange range) = 0;
    // Of pages that were trimmed, which the enclave has accepted; new ones may come. Then, for a release, page tables.
    virtual Result<> discard(AddressRange range) = 0;
    virtual Result<> release(AddressRange range) = 0;

protected:
    ~PageHost() = default;
};

class PageLeaves {
public:
    static constexpr uint64_t kFaulted = ~0ull;

    // RAX of EACCEPT and EACCEPTCOPY; 0 of EMODPE; kFaulted if there is no such page.
    virtual uint64_t execute(sgx::EncluLeaf leaf, sgx::SecInfo const& info, uint64_t page, uint64_t source) = 0;

    // A page is not what the host says: the enclave cannot go on.
    virtual void give_up(char const* why) = 0;

protected:
    ~PageLeaves() = default;
};

} // namespace farl
