// LeasedVolume: a volume's tenure for the threads of the process, with a line on the log when it is lost.
#pragma once

#include "enclave/fs/host/host_volume_device.h"
#include "enclave/fs/volume/volume_tenure.h"
#include "enclave/sched/wait_queue.h"

namespace farl {

class LeasedVolume final : public VolumeKeeper, public WritePermit {
public:
    // The register and the name outlive it.
    LeasedVolume(VolumeRegister& cas, std::string_view name, VolumeTenure::Beginning const& beginning)
        : tenure_(cas, name, beginning)
    {
    }

    Result<> committed(VolumeState const& state) override;
    Result<> settle(VolumeState const& state) override;
    Result<> may_write() override;
    // At intervals.
    void look_after();
    // At the end: what is written afterwards is an error.
    void give_back();

private:
    template <typename Step>
    auto locked(Step const& step);
    void say_if_lost();

    Mutex lock_;
    VolumeTenure tenure_;
    bool has_said_that_it_is_lost_ { false };
    bool has_said_that_nobody_answers_ { false };
};

} // namespace farl
