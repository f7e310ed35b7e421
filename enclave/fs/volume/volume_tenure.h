// VolumeTenure: one volume that is this enclave's for as long as its lease lasts, and what the CAS knows of it. Pure:
// the CAS is whoever keeps the register. Not locked but for is_current(): one caller at a time.
#pragma once

#include "abi/formats/volume_access.h"
#include "enclave/fs/volume/volume_keeper.h"

#include <atomic>

namespace farl {

class VolumeRegister {
public:
    virtual ~VolumeRegister() = default;
    // Keeps this newer state, or the same again. How long the volume is this enclave's, counted from before the call.
    // EACCES: it is not any more. Anything else: nobody could be asked until the deadline.
    virtual Result<uint64_t> keep(
        std::string_view volume, VolumeState const& state, bool is_last, uint64_t deadline_ns) = 0;
    virtual uint64_t now_ns() = 0;
};

class VolumeTenure {
public:
    struct Beginning {
        formats::VolumeRollback rollback;
        VolumeState kept; // what the register has
        uint64_t asked_ns;
        uint64_t lease_ns;
    };
    // The register and the name outlive it.
    VolumeTenure(VolumeRegister& cas, std::string_view name, Beginning const& beginning)
        : register_(cas),
          name_(name),
          rollback_(beginning.rollback),
          kept_(beginning.kept),
          newest_(beginning.kept)
    {
        begin_lease(beginning.asked_ns, beginning.lease_ns);
    }

    std::string_view name() const { return name_; }
    // See VolumeKeeper. EIO: the volume is lost, or the register cannot be reached.
    Result<> committed(VolumeState const& state);
    Result<> settle(VolumeState const& state);

    // Whether it may be written to at this moment. Any thread.
    bool is_current() const { return !is_lost_.load() && register_.now_ns() < end_ns_.load(); }
    bool is_lost() const { return is_lost_.load(); }
    // Asks for more time if that has run out. EIO if there is none.
    Result<> hold();
    // At intervals: tells what has not been told yet, and asks for more time before it runs out. Whether the register
    // was there if it was needed.
    bool look_after();
    // The last state, and the end.
    Result<> give_back();

private:
    static constexpr uint64_t kSecond = 1'000'000'000;
    static constexpr uint64_t kPatience_ns = 30 * kSecond; // of an fsync(2)
    static constexpr uint64_t kShortPatience_ns = 3 * kSecond;

    // What the register is to know at the moment.
    VolumeState const& due() const { return is_kept() ? newest_ : kept_; }
    bool is_kept() const { return rollback_ != formats::VolumeRollback::None; }
    Result<> tell(uint64_t patience_ns, bool is_last = false);
    void begin_lease(uint64_t asked_ns, uint64_t lease_ns);

    VolumeRegister& register_;
    std::string_view name_;
    formats::VolumeRollback rollback_;
    VolumeState kept_;
    VolumeState newest_;
    uint64_t ask_again_ns_ { 0 };
    std::atomic<uint64_t> end_ns_ { 0 };
    std::atomic<bool> is_lost_ { false };
};

} // namespace farl
