// crash-states: what a loss of power may leave of a recorded volume, and whether that is what a program may rely on.
//
// Usage: crash-states RECORDING KEY ID COUNT DIRECTORY
// For COUNT moments and choices of what was on the disk then, and for the end: the volume has to open. Its files, if no
// state before had the same and the same was said, are put into a new directory below DIRECTORY with what was said
// until then in a file "said" beside them; the directory's name goes to the standard output, and a line is read, which
// must be "ok".
#include "enclave/fs/volume/volume_directory.h"
#include "tests/crypto/hosted/stand_ins.h"
#include "tests/files/recording.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sys/stat.h>
#include <vector>

namespace farl {

namespace {

using namespace formats;
namespace fs = std::filesystem;
using Slot = std::array<std::byte, kVolumeSlotSize>;

struct Step {
    recording::Event event;
    std::string bytes;
};

std::vector<Step> read_recording(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    std::vector<Step> steps;
    recording::Event event;
    while (file.read(reinterpret_cast<char*>(&event), sizeof(event))) {
        std::string bytes(event.size, '\0');
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        steps.push_back({ event, std::move(bytes) });
    }
    return steps;
}

// The disk as it may be: written slots are found here, whatever is written to them later.
class Disk final : public VolumeDevice {
public:
    void put(uint64_t slot, std::byte const* bytes) { std::memcpy(slots_[slot].data(), bytes, kVolumeSlotSize); }

    Result<> read(uint32_t slot, std::span<SlotBytes const> places) override
    {
        for (auto const& place : places) {
            auto found = slots_.find(slot++);
            if (found == slots_.end())
                return Errno::Eio;
            std::ranges::copy(found->second, place.begin());
        }
        return {};
    }
    Result<> write(uint32_t slot, std::span<std::byte const> bytes) override
    {
        for (; !bytes.empty(); bytes = bytes.subspan(kVolumeSlotSize), ++slot)
            put(slot, bytes.data());
        return {};
    }
    Result<> sync() override { return {}; }

private:
    std::map<uint64_t, Slot> slots_;
};

// At which step each write ended, and by which it was synchronised.
struct Times {
    std::map<uint64_t, size_t> ends;
    std::map<uint64_t, size_t> durable;
};

Times times_of(std::vector<Step> const& steps)
{
    Times times;
    std::map<uint64_t, std::vector<uint64_t>> covered; // by a synchronisation: the writes that had ended when it began
    std::vector<uint64_t> open;                        // ended, and not durable yet
    std::set<uint64_t> writes;
    for (size_t i = 0; i < steps.size(); ++i) {
        auto const& event = steps[i].event;
        switch (event.kind) {
        case recording::Kind::Write:
            writes.insert(event.number);
            break;
        case recording::Kind::Sync:
            covered[event.number] = open;
            break;
        case recording::Kind::End:
            if (writes.contains(event.number)) {
                times.ends[event.number] = i;
                open.push_back(event.number);
            }
            for (auto number : covered[event.number])
                times.durable.emplace(number, i);
            break;
        default:
            break;
        }
    }
    return times;
}

class Crash {
public:
    Crash(std::vector<Step> const& steps, Times const& times) : steps_(steps), times_(times) { }

    // `keeps` is asked for each slot of each write that was not durable by then.
    Disk disk_at(size_t end, std::function<bool()> const& keeps) const
    {
        Disk disk;
        for (size_t i = 0; i < end; ++i) {
            auto const& event = steps_[i].event;
            if (event.kind != recording::Kind::Write)
                continue;
            auto durable = times_.durable.find(event.number);
            bool is_durable = durable != times_.durable.end() && durable->second < end;
            for (uint64_t at = 0; at < event.size; at += kVolumeSlotSize)
                if (is_durable || keeps())
                    disk.put((event.offset + at) / kVolumeSlotSize,
                        reinterpret_cast<std::byte const*>(steps_[i].bytes.data()) + at);
        }
        return disk;
    }
    // A volume that is new is there when the second synchronisation has ended: that of its first superblock.
    bool is_made(size_t end) const
    {
        std::set<uint64_t> begun;
        size_t ended = 0;
        for (size_t i = 0; i < end; ++i) {
            if (steps_[i].event.kind == recording::Kind::Sync)
                begun.insert(steps_[i].event.number);
            ended += steps_[i].event.kind == recording::Kind::End && begun.contains(steps_[i].event.number);
        }
        return ended >= 2;
    }
    std::string said_until(size_t end) const
    {
        std::string said;
        for (size_t i = 0; i < end; ++i)
            if (steps_[i].event.kind == recording::Kind::Text)
                said += steps_[i].bytes;
        return said;
    }

private:
    std::vector<Step> const& steps_;
    Times const& times_;
};

// The files of a volume: names with what is in them.
using Files = std::map<std::string, std::string>;

std::string contents_of(VolumeStore& store, uint64_t number)
{
    std::string contents(store.inode(number).value().size, '\0');
    for (uint64_t at = 0; at < contents.size(); at += kVolumeSlotSize) {
        auto block = store.read(number, at / kVolumeSlotSize);
        if (block.is_error())
            throw std::runtime_error("a block of inode " + std::to_string(number) + " is lost");
        if (block.value())
            std::memcpy(contents.data() + at, block.value()->bytes().data(),
                std::min<uint64_t>(kVolumeSlotSize, contents.size() - at));
    }
    return contents;
}

void collect(VolumeStore& store, uint64_t directory, std::string const& path, Files& files)
{
    Vector<VolumeDirectory::Name> names;
    if (VolumeDirectory(directory).read(store, names).is_error())
        throw std::runtime_error("directory " + path + " cannot be read");
    for (auto const& name : names) {
        auto const inode = store.inode(name.inode);
        if (inode.is_error())
            throw std::runtime_error("a name leads nowhere: " + std::string(name.name.view()));
        auto const below = path + "/" + std::string(name.name.view());
        if (S_ISDIR(inode.value().mode))
            collect(store, name.inode, below, files);
        else
            files[below] = contents_of(store, name.inode);
    }
}

template <typename Bytes>
void take_hexadecimal(std::string_view text, Bytes&& bytes)
{
    if (text.size() != bytes.size() * 2)
        throw std::runtime_error("expected " + std::to_string(bytes.size()) + " bytes in hexadecimal");
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(std::stoi(std::string(text.substr(2 * i, 2)), nullptr, 16));
}

class Checker {
public:
    Checker(std::string_view key, std::string_view id, fs::path directory) : directory_(std::move(directory))
    {
        take_hexadecimal(key, key_.bytes());
        take_hexadecimal(id, id_);
    }

    // Throws unless the volume opens, if it has to be there, and whoever is asked says "ok".
    void check(Disk disk, std::string const& said, bool is_made)
    {
        auto cache = MUST(BlockCache::create(1 << 20));
        auto store = VolumeStore::open(disk, key_, id_, {}, *cache);
        if (store.is_error() && !is_made)
            return;
        if (store.is_error())
            throw std::runtime_error("the volume does not open: " + std::to_string(static_cast<int>(store.error())));
        Files files;
        collect(*store.value(), kRootInode, "", files);
        auto all = said;
        for (auto const& [name, contents] : files)
            all += name + '\0' + contents + '\0';
        ++states_;
        if (!seen_.insert(std::hash<std::string> {}(all)).second)
            return;
        ask(files, said);
    }
    size_t states() const { return states_; }
    size_t different() const { return seen_.size(); }

private:
    void ask(Files const& files, std::string const& said) const
    {
        auto const place = directory_ / std::to_string(seen_.size());
        for (auto const& [name, contents] : files) {
            auto const path = place.string() + "/files" + name;
            fs::create_directories(fs::path(path).parent_path());
            std::ofstream(path, std::ios::binary) << contents;
        }
        fs::create_directories(place / "files");
        std::ofstream(place / "said", std::ios::binary) << said;
        std::cout << place.string() << std::endl;
        std::string answer;
        if (!std::getline(std::cin, answer) || answer != "ok")
            throw std::runtime_error("what is left is wrong: " + answer + "\n" + place.string());
        fs::remove_all(place);
    }

    VolumeKey key_;
    VolumeId id_ {};
    fs::path directory_;
    std::set<size_t> seen_;
    size_t states_ { 0 };
};

// At a moment: everything, nothing, all but one, one alone, half of what need not be there.
std::function<bool()> choice(std::mt19937& random)
{
    switch (random() % 5) {
    case 0:
        return [] { return true; };
    case 1:
        return [] { return false; };
    case 2:
        return [&random] { return random() % 8 != 0; };
    case 3:
        return [&random] { return random() % 8 == 0; };
    default:
        return [&random] { return random() % 2 == 0; };
    }
}

void run(std::span<char*> arguments)
{
    auto const steps = read_recording(arguments[1]);
    auto const times = times_of(steps);
    Crash const crash(steps, times);
    Checker checker(arguments[2], arguments[3], arguments[5]);
    std::mt19937 random(1);
    auto const count = std::stoul(arguments[4]);
    for (size_t i = 0; i < count; ++i) {
        auto const end = random() % (steps.size() + 1);
        checker.check(crash.disk_at(end, choice(random)), crash.said_until(end), crash.is_made(end));
    }
    checker.check(crash.disk_at(steps.size(), [] { return true; }), crash.said_until(steps.size()), true);
    std::cerr << checker.states() << " states of " << steps.size() << " steps, " << checker.different()
              << " of them different\n";
}

} // namespace

} // namespace farl

int main(int count, char** arguments)
{
    farl::crypto_test::prepare_stack_protector();
    if (count != 6) {
        std::cerr << "usage: crash-states RECORDING KEY ID COUNT DIRECTORY\n";
        return 2;
    }
    try {
        farl::run({ arguments, static_cast<size_t>(count) });
        return 0;
    } catch (std::exception const& error) {
        std::cerr << "crash-states: " << error.what() << "\n";
        return 1;
    }
}
