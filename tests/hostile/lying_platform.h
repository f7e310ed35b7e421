// LyingPlatform: a platform whose enclaves let an attack see and change each crossing, and that leads their
// asynchronous calls through a relay.
#pragma once

#include "host/platform/platform.h"
#include "tests/hostile/liar.h"
#include "tests/hostile/relay.h"

#include "abi/sgx/layout.h"

#include <array>

namespace farl::host {

class LyingEnclave final : public Enclave {
public:
    LyingEnclave(Owned<Enclave> inner, Liar& liar, Relay& relay) : inner_(std::move(inner)), liar_(liar), relay_(relay)
    {
    }

    Result<> add(PageRun const& run) override { return inner_->add(run); }
    Result<> initialise(sgx::SigStruct const& signature, std::span<uint64_t const> enclu_sites) override
    {
        return inner_->initialise(signature, enclu_sites);
    }
    void serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler) override;
    Result<> protect(Range range, uint64_t permissions) override { return inner_->protect(range, permissions); }
    Result<> prepare(Range range) override { return inner_->prepare(range); }
    Result<> restrict(Range range, uint64_t permissions) override { return inner_->restrict(range, permissions); }
    Result<> trim(Range range) override { return inner_->trim(range); }
    Result<> release(Range range) override { return inner_->release(range); }
    Result<> discard(Range range) override { return inner_->discard(range); }
    sgx::Secs const& secs() const override { return inner_->secs(); }

private:
    Outcome cross(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers);
    void begin(HostCall& call, uint64_t index);
    void finish(HostCall& call);
    void finish_follow_ups(wire::BatchedCall* batched);

    Owned<Enclave> inner_;
    Liar& liar_;
    Relay& relay_;
    std::array<HostCall, sgx::kTcsCount> open_; // each used by its own carrier
};

class LyingPlatform final : public Platform {
public:
    LyingPlatform(Platform& inner, Liar& liar, Relay& relay) : inner_(inner), liar_(liar), relay_(relay) { }

    Result<Owned<Enclave>> create(EnclaveParameters const& parameters) override;
    Result<> on_signal(int signal, SignalHandler handler) override { return inner_.on_signal(signal, handler); }
    bool take_interrupt() override { return inner_.take_interrupt(); }
    Result<sgx::TargetInfo> quoting_target() override { return inner_.quoting_target(); }
    Result<std::vector<std::byte>> quote(sgx::Report const& report) override { return inner_.quote(report); }
    uint64_t supported_xfrm() const override { return inner_.supported_xfrm(); }

private:
    Platform& inner_;
    Liar& liar_;
    Relay& relay_;
};

} // namespace farl::host
