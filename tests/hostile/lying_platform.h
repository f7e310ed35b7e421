// LyingPlatform: a platform whose enclaves let an attack see and change each crossing. Victims steer it by access(2) of
// names that no file has: /hostile/arm, /hostile/disarm, and /hostile/done, which exists when the attack is exhausted;
// all others are for the attack.
#pragma once

#include "tests/hostile/attack.h"

#include "abi/sgx/layout.h"

#include <array>
#include <atomic>

namespace farl::host {

class LyingEnclave final : public Enclave {
public:
    LyingEnclave(Owned<Enclave> inner, Attack& attack)
        : inner_(std::move(inner)),
          attack_(attack),
          is_armed_(attack.starts_armed())
    {
    }

    Result<> add(PageRun const& run) override { return inner_->add(run); }
    Result<> initialise(sgx::SigStruct const& signature, std::span<uint64_t const> enclu_sites) override
    {
        return inner_->initialise(signature, enclu_sites);
    }
    void serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler) override;
    Result<> protect(Range range, uint64_t permissions) override { return inner_->protect(range, permissions); }
    Result<> release(Range range) override { return inner_->release(range); }
    Result<> discard(Range range) override { return inner_->discard(range); }
    Result<> place(Range range, uint64_t target, uint64_t permissions) override
    {
        return inner_->place(range, target, permissions);
    }
    sgx::Secs const& secs() const override { return inner_->secs(); }

private:
    Outcome cross(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers);
    void begin(HostCall& call);
    void finish(HostCall& call);
    bool obey(HostCall& call);

    Owned<Enclave> inner_;
    Attack& attack_;
    std::array<HostCall, sgx::kTcsCount> open_; // each used by its own carrier
    std::atomic<bool> is_armed_;
};

class LyingPlatform final : public Platform {
public:
    LyingPlatform(Platform& inner, Attack& attack) : inner_(inner), attack_(attack) { }

    Result<Owned<Enclave>> create(EnclaveParameters const& parameters) override;
    Result<> on_signal(int signal, SignalHandler handler) override { return inner_.on_signal(signal, handler); }
    bool take_interrupt() override { return inner_.take_interrupt(); }
    uint64_t supported_xfrm() const override { return inner_.supported_xfrm(); }

private:
    Platform& inner_;
    Attack& attack_;
};

} // namespace farl::host
