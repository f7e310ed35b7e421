// The attacks by name: what a script may say.
#include "tests/hostile/answers.h"
#include "tests/hostile/contents.h"
#include "tests/hostile/crossings.h"
#include "tests/hostile/entries.h"
#include "tests/hostile/memory_attacks.h"
#include "tests/hostile/page_lies.h"
#include "tests/hostile/queue_attacks.h"
#include "tests/hostile/recorder.h"
#include "tests/hostile/signals.h"
#include "tests/hostile/starts.h"
#include "tests/hostile/stops.h"
#include "tests/hostile/sweep.h"
#include "tests/hostile/witness.h"

#include <stdexcept>

namespace farl::host {

namespace {

constexpr uint64_t kFlippedCalls = 5000;
constexpr uint64_t kLowBits = 0x7FF; // of a pointer: it stays in the staged memory

std::unique_ptr<Attack> make_known(Words const& words, Platform& platform)
{
    auto const& name = words.at(0);
    if (name == "answers") {
        auto const* call = find_call(words.at(1));
        return call ? std::make_unique<ForgedAnswers>(*call, words.size() > 2 ? words[2] : "") : nullptr;
    }
    if (name == "contents")
        return ForgedContents::create(words.at(1), words.size() > 2);
    if (name == "start")
        return ForgedStart::create(words.at(1));
    if (name == "entries")
        return std::make_unique<ForgedEntries>();
    if (name == "crossing")
        return CrossingAttack::create(words);
    if (name == "sweep")
        return std::make_unique<Sweep>(std::stoull(words.at(1)), words.size() > 2);
    if (name == "stops")
        return std::make_unique<RandomStops>();
    if (name == "flips")
        return std::make_unique<Flips>(words.at(1) == "all" ? UINT64_MAX : kLowBits, kFlippedCalls);
    if (name == "accesses")
        return std::make_unique<AccessWatch>();
    if (name == "pages")
        return std::make_unique<PageTheft>(words.at(1) == "forever");
    if (name == "undone")
        return UndonePageCalls::create(words.at(1));
    if (name == "replaced")
        return std::make_unique<ReplacedPage>();
    if (name == "queue")
        return words.at(1) == "dropped" ? std::make_unique<DroppedResponse>() : QueueAttack::create(words.at(1));
    if (name == "honest")
        return std::make_unique<Attack>();
    if (name == "record")
        return std::make_unique<Recorder>(words.at(1), words.at(2));
    if (name == "witness")
        return std::make_unique<Witness>(words.at(1));
    if (name == "signals")
        return std::make_unique<ForgedSignals>(platform);
    return nullptr;
}

} // namespace

std::unique_ptr<Attack> make_attack(Words const& words, Platform& platform)
{
    auto attack = make_known(words, platform);
    if (!attack)
        throw std::runtime_error("no such attack: " + words.at(0));
    return attack;
}

} // namespace farl::host
