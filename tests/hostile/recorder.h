// Recorder: honest, but it writes down what happens to the files whose names end in a certain way, and what the program
// tells the world meanwhile: from that, tests/files/crash_states makes what a loss of power may leave.
#pragma once

#include "tests/files/recording.h"
#include "tests/hostile/attack.h"

#include <cstdio>
#include <map>
#include <mutex>

namespace farl::host {

class Recorder final : public Attack {
public:
    Recorder(std::string suffix, std::string const& output);
    ~Recorder() override;

    void before(HostCall& call) override;
    void after(HostCall& call) override;
    bool starts_armed() override { return true; }

private:
    bool is_recorded(uint64_t descriptor) const;
    void add(recording::Event const& event, std::string_view bytes);
    void note_text(void const* bytes, size_t size);

    std::string suffix_;
    std::mutex lock_;
    FILE* output_;
    uint64_t next_ { 1 };
    std::map<wire::HostCallSlot*, uint64_t> outstanding_; // the numbers of writes and synchronisations
};

} // namespace farl::host
