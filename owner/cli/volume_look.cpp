#include "owner/cli/volume_look.h"

#include "owner/cli/progress.h"
#include "owner/cli/subcommand.h"
#include "owner/cli/volume_access.h"
#include "owner/digest/hexadecimal.h"
#include "owner/launch/user_error.h"
#include "owner/volume/name_check.h"

#include <CLI/CLI.hpp>
#include <bit>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

Json described(OpenedVolume& volume)
{
    auto const& store = volume.store();
    auto const& journal = store.journal();
    uint64_t used = 0, inodes = 0;
    for (auto number = formats::kRootInode; number < journal.inode_count; ++number) {
        inodes += store.inode(number).mode != 0;
    }
    for (uint64_t block = 0; block < store.checkpoint().slot_blocks; ++block)
        for (auto const byte : store.slot_bits(block).value_or(SlotData {}))
            used += static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(byte)));
    auto const seals = seal_count_of(store);
    return { { "id", to_hex(volume.id()) }, { "sequence", store.state().sequence },
        { "tag", to_hex(store.state().tag) }, { "size", volume.file().size() }, { "slots", volume.file().slot_count() },
        { "used_slots", used }, { "inodes", inodes },
        { "free_inodes", journal.inode_count - formats::kRootInode - inodes },
        { "journal_blocks", journal.slots.size() - 1 }, { "journal_commits", journal.states.size() - 1 },
        { "unfinished_blocks", journal.unfinished_blocks }, { "seals", seals },
        { "most_seals", formats::kMostVolumeSeals },
        { "wants_rekey", formats::per_cent_of_seals(seals) >= formats::kSealWarning } };
}

void print(std::string const& path, Json const& json)
{
    auto number = [&](char const* name) { return json[name].get<uint64_t>(); };
    fmt::print("{}\n  id        {}\n  state     commit {}, tag {}\n", path, json["id"].get<std::string>(),
        number("sequence"), json["tag"].get<std::string>());
    fmt::print("  size      {} bytes: {} slots, {} of them in use at the checkpoint\n", number("size"), number("slots"),
        number("used_slots"));
    fmt::print("  inodes    {}, and {} free ones\n", number("inodes"), number("free_inodes"));
    fmt::print("  journal   {} commits in {} blocks\n", number("journal_commits"), number("journal_blocks"));
    if (json.contains("newest"))
        fmt::print("  CAS       {}\n", json["newest"].get<std::string>());
    fmt::print("  seals     {} of the {} that a key may make: {} %\n", number("seals"), number("most_seals"),
        formats::per_cent_of_seals(number("seals")));
    if (json["wants_rekey"].get<bool>())
        fmt::print(
            "            after the last one nothing more can be written: `farl volume rekey` gives it another key\n");
}

// One check of all there is. Lines go out as things are found.
class VolumeCheck {
public:
    explicit VolumeCheck(OpenedVolume& volume) : volume_(volume), report_(report()), names_(volume.store(), report_) { }

    void compare_with(StoreState const& newest)
    {
        if (!volume_.store().contains(newest))
            lines_.push_back(why_refused(volume_.store(), newest));
    }

    int run()
    {
        names_.run();
        {
            Progress bar("checking");
            StoreProgress const progress = [&](uint64_t done, uint64_t total) { bar.show(done, total); };
            SlotCheck(volume_.store(), report_, progress).run();
        }
        if (auto const slot = volume_.store().lost_superblock())
            fmt::print("superblock {} does not open, and the other one counts: a crash leaves that. If there was none, "
                       "what was done last is lost\n",
                *slot);
        for (auto const& line : lines_)
            fmt::print("{}\n", line);
        auto const what = fmt::format("{} files in {} directories, {} bytes", names_.file_count(),
            names_.directory_count(), volume_.file().size());
        if (lines_.empty())
            fmt::print("{}: {}: all is well\n", volume_.file().path(), what);
        else
            fmt::print("{}: {}: {} defects\n", volume_.file().path(), what, lines_.size());
        return lines_.empty() ? 0 : kRefused;
    }

private:
    DamageReport report()
    {
        return [this](std::string const& what, uint64_t inode) {
            auto const path = names_.path_of(inode);
            lines_.push_back(path.empty() ? what : fmt::format("{}: {}", shown_name(path), what));
        };
    }

    // A name may hold anything; a line is one line.
    static std::string shown_name(std::string const& path)
    {
        std::string text;
        for (char const c : path)
            text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
        return text;
    }

    OpenedVolume& volume_;
    std::vector<std::string> lines_;
    DamageReport report_;
    NameCheck names_;
};

} // namespace

int volume_show(std::span<char const* const> arguments)
{
    VolumeAccess access;
    bool is_json = false;
    CLI::App app;
    access.add_options(app);
    app.add_flag("--json", is_json);
    parse_words(app, arguments, "volume show");
    access.check("volume show");
    auto const secrets = access.secrets();
    OpenedVolume volume(access.path(), secrets);
    try {
        auto json = described(volume);
        if (secrets.newest) {
            auto const told = relation(volume.store(), *secrets.newest);
            json["newest_sequence"] = secrets.newest->sequence;
            json["newest"] = told.empty() ? why_refused(volume.store(), *secrets.newest) : told;
        }
        if (is_json)
            std::puts(json.dump().c_str());
        else
            print(access.path(), json);
    } catch (StoreDamage const& damage) {
        throw UserError(kRefused, fmt::format("{}: {}; `farl volume check` tells more", access.path(), damage.what()));
    }
    return 0;
}

int volume_check(std::span<char const* const> arguments)
{
    VolumeAccess access;
    CLI::App app;
    access.add_options(app);
    parse_words(app, arguments, "volume check");
    access.check("volume check");
    auto const secrets = access.secrets();
    OpenedVolume volume(access.path(), secrets);
    VolumeCheck check(volume);
    if (secrets.newest)
        check.compare_with(*secrets.newest);
    return check.run();
}

} // namespace farl::owner
