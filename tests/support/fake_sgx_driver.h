// FakeSgxDriver: stands in for the Linux SGX driver. It checks what it is given as the kernel does
// (arch/x86/kernel/cpu/sgx of Linux), keeps the pages of one enclave with their EPCM state and its measurement, and
// records each request in order. Tests make it fail, and play the enclave.
#pragma once

#include "abi/sgx/enclu.h"
#include "abi/sgx/sigstruct.h"
#include "host/platform/emulator/sha256.h"
#include "host/platform/sgx/driver.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace farl::host {

class FakeSgxDriver final : public Driver {
public:
    static constexpr int kFirstDescriptor = 100;

    struct Page {
        sgx::PageType type { sgx::PageType::Regular };
        uint64_t permissions { 0 };      // EPCM
        uint64_t most_permissions { 0 }; // that mappings may have
        bool is_pending { false };       // came by EAUG
        bool is_modified { false };      // trimmed, not accepted
        bool is_restricted { false };    // and not accepted
        uint64_t contents { 0 };         // whatever a test keeps there
    };
    struct AddRequest {
        uint64_t offset, length, secinfo_flags, flags, count;
        Errno error; // 0: none
    };
    struct PlannedFailure {
        unsigned long request;
        Errno error;
        uint64_t after_pages; // which it handles first
    };

    // Driver.
    SgxFeatures features() const override { return features_; }
    Result<EntryFunction> entry_function() const override { return entry_; }
    Result<int> open(char const* path) override;
    void close(int descriptor) override;
    Result<> control(int descriptor, unsigned long request, void* argument) override;
    Result<> map(sgx::Range range, int protection, int descriptor) override;
    void unmap(sgx::Range range) override;
    Result<> protect(sgx::Range range, int protection) override;

    // What goes wrong. A failure is used up by the first request of its kind.
    void fail_open(std::string path, Errno error) { failing_paths_[std::move(path)] = error; }
    void fail(unsigned long request, Errno error, uint64_t after_pages = 0)
    {
        failures_.push_back({ request, error, after_pages });
    }
    void fail_map(Errno error) { map_error_ = error; }
    void fail_protect(Errno error) { protect_error_ = error; }
    SgxFeatures features_ { .has_sgx1 = true, .has_sgx2 = true, .xfrm = 7, .largest_log2 = 56 };
    EntryFunction entry_;

    // What enclave and processor do. EACCEPT is false if the page is not in that state.
    bool touch(uint64_t address);          // a fault brings the page (EAUG)
    bool accept_new(uint64_t address);     // EACCEPT of a pending page
    bool accept_trimmed(sgx::Range range); // EACCEPT of trimmed pages
    // The leaves in full: what they leave in RAX, 0 of EMODPE, all ones for a fault. A page that is missed comes.
    uint64_t execute(sgx::EncluLeaf leaf, sgx::SecInfo const& info, uint64_t address, uint64_t source = 0);
    Page& page_to_change(uint64_t address) { return *page_at(address - secs_.base); }

    // What was asked.
    sgx::Secs const& secs() const { return secs_; }
    std::vector<AddRequest> const& additions() const { return additions_; }
    std::vector<std::string> const& log() const { return log_; }
    Page const* page(uint64_t address) const;
    int protection_at(uint64_t address) const;
    sgx::Range mapped() const { return mapped_; }
    sgx::Hash measurement() const { return measurement_.current(); }
    size_t open_descriptors() const { return descriptors_.size(); }
    bool is_initialised() const { return is_initialised_; }

private:
    struct Mapped {
        sgx::Range range;
        int protection;
    };

    Result<> create(sgx_enclave_create const& request);
    Result<> add(sgx_enclave_add_pages& request);
    Result<> add_page(sgx_enclave_add_pages const& request, uint64_t done, sgx::SecInfo const& info);
    Result<> initialise(sgx_enclave_init const& request);
    Result<> provision(sgx_enclave_provision const& request);
    Result<> restrict(sgx_enclave_restrict_permissions& request);
    Result<> modify(sgx_enclave_modify_types& request);
    Result<> remove(sgx_enclave_remove_pages& request);
    template <typename Request, typename Change>
    Result<> for_pages(unsigned long number, Request& request, Change change);
    Result<> check_range(uint64_t offset, uint64_t length) const;
    std::optional<PlannedFailure> planned(unsigned long request);
    Page* page_at(uint64_t offset);
    uint64_t accept(sgx::SecInfo const& info, Page& page);
    uint64_t accept_copy(sgx::SecInfo const& info, Page& page, uint64_t source);

    std::map<std::string, Errno> failing_paths_;
    std::deque<PlannedFailure> failures_;
    Errno map_error_ {}, protect_error_ {};
    std::map<int, std::string> descriptors_;
    int next_descriptor_ { kFirstDescriptor };

    bool is_created_ { false }, is_initialised_ { false }, may_provision_ { false };
    sgx::Secs secs_;
    std::map<uint64_t, Page> pages_; // by offset
    Sha256 measurement_;
    sgx::Range mapped_;
    std::vector<Mapped> protections_; // the last one that covers an address counts
    std::vector<AddRequest> additions_;
    std::vector<std::string> log_;
};

} // namespace farl::host
