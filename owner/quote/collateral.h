// Collateral: what Intel publishes about platforms of one kind, with its signatures: revocation lists, the TCB levels,
// and which quoting enclave is theirs. docs/formats/collateral.md describes the file.
#pragma once

#include "owner/quote/certificates.h"
#include "owner/quote/platform_family.h"
#include "owner/quote/tcb.h"

namespace farl::owner {

// The JSON text that is signed, and everything that shows by whom.
struct SignedText {
    std::string text;
    sgx::P256Pair signature;
    CertificateChain chain;
};

struct TcbInfo {
    time_t issued;
    time_t next_update;
    uint64_t evaluation_number; // grows with each recovery of the TCB
    std::vector<std::byte> fmspc;
    std::vector<std::byte> pce_id;
    std::vector<TcbLevel> levels;
};

struct QeIdentity {
    time_t issued;
    time_t next_update;
    uint64_t evaluation_number;
    uint32_t misc_select, misc_select_mask;
    std::array<std::byte, 16> attributes, attributes_mask;
    sgx::Hash mrsigner;
    uint16_t isv_prod_id;
    std::vector<TcbLevel> levels;
};

class Collateral {
public:
    // Structure only. Throws Refusal.
    static Collateral parse(std::string_view json);

    // Checks signatures, chains and times of all of it. Once is enough for each `now`, or until valid_until().
    void verify(std::vector<TrustedRoot> const& roots, time_t now) const;
    // When the last part of it begins.
    time_t valid_from() const;
    // When the first part of it ends.
    time_t valid_until() const;
    // The name of a part that was issued before the other's, or is of an earlier recovery of the TCB; null if none is.
    char const* part_older_than(Collateral const& other) const;
    // Of which platforms it is.
    PlatformFamily family() const { return { tcb_info_.fmspc, authority_ }; }

    TcbInfo const& tcb_info() const { return tcb_info_; }
    QeIdentity const& qe_identity() const { return qe_identity_; }
    std::vector<X509_CRL*> revocation_lists() const { return { root_list_.get(), platform_list_.get() }; }

private:
    Collateral(SignedText tcb_info, SignedText qe_identity, CertificateChain list_issuers)
        : signed_tcb_info_(std::move(tcb_info)),
          signed_qe_identity_(std::move(qe_identity)),
          list_issuers_(std::move(list_issuers))
    {
    }

    SignedText signed_tcb_info_;
    SignedText signed_qe_identity_;
    CertificateChain list_issuers_; // of platform_list_
    RevocationList root_list_;      // of certificates that the root issued
    RevocationList platform_list_;  // of platforms' certificates
    PckAuthority authority_ {};     // that issued them
    TcbInfo tcb_info_ {};
    QeIdentity qe_identity_ {};
};

} // namespace farl::owner
