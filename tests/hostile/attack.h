// Attack: one way for the host to lie. The hostile launcher is the product's launcher on a platform that hands each
// crossing to an attack first; the runtime inside is the real one.
#pragma once

#include "abi/wire/hostcall.h"
#include "host/platform/platform.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace farl::host {

class Relay;

// A host call from the exit, or the request in the queue, that asked for it to its answer.
struct HostCall {
    wire::HostCallSlot* slot { nullptr };
    uint64_t number { 0 };
    std::optional<int64_t> instead; // the answer, without executing the call

    bool is(long linux_number) const { return number == static_cast<uint64_t>(linux_number); }
    uint64_t argument(int index) const { return slot->arguments[index]; }
    template <typename T>
    T& memory(int index) const
    {
        return *reinterpret_cast<T*>(slot->arguments[index]);
    }
};

// Carriers and workers call it at the same time. Only what happens while the victim wants it (`is_armed`) is attacked,
// but for enter() and start().
class Attack {
public:
    virtual ~Attack() = default;

    virtual void start(wire::StartInfo&) { }
    virtual void before(HostCall&) { }
    virtual void after(HostCall&) { }
    // An asynchronous call has come, and is executed next; and it is answered: slot and result are as they should be.
    virtual void submit(Relay&, uint32_t) { }
    virtual void respond(Relay& relay, uint32_t slot);
    virtual Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool)
    {
        return enclave.enter(tcs, leaf, registers);
    }
    // Armed before the program runs, for what the runtime asks at the start.
    virtual bool starts_armed() { return false; }
    // What a victim says by access(2) of a name in /hostile.
    virtual void hear(std::string_view) { }
    // Whether everything it has in store was used.
    virtual bool is_done() { return true; }
};

using Words = std::vector<std::string>;

// Throws std::runtime_error for words that are no attack.
std::unique_ptr<Attack> make_attack(Words const& words, Platform& platform);

// One line to the file `report` beside the script, which the test reads.
void report(std::string const& line);

} // namespace farl::host
