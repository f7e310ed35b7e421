// The command line of `farl run`, parsed and checked as far as that needs no look at the machine.
#pragma once

#include "abi/formats/volume_access.h"
#include "abi/wire/launch_config.h"
#include "owner/keys/secret.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace farl::owner {

inline constexpr uint64_t kDefaultHeap = 4ull << 30;

// How the command's own CAS lets a program use the volume in a file of volume_files.
struct LocalVolume {
    std::string path;
    formats::VolumeRollback rollback;
};

struct RunOptions {
    std::string root_directory { "/" };
    std::string working_directory;        // empty: the caller's, or "/" in another root
    std::vector<std::string> environment; // NAME=VALUE or NAME
    bool clear_environment { false };
    uint64_t heap_size { kDefaultHeap };
    uint64_t cache_size { 0 };        // 0: as the runtime sees fit
    uint64_t ephemeral_size { 0 };    // likewise
    std::optional<uint32_t> carriers; // none: one for each CPU
    wire::HostCalls host_calls { wire::HostCalls::Auto };
    std::string platform { "auto" };
    bool attests { true };             // false: what runs is what this command says, unproved
    std::string cas;                   // endpoint; empty: one of its own
    std::string session;               // "SESSION/SERVICE", with a CAS
    std::vector<std::byte> cas_key;    // that the CAS has to show; empty: any
    std::string emulator_secret;       // file; empty: the user's
    uint64_t transition_ns { 0 };      // what the emulator charges for an entry and an exit
    bool demands_acceptance { false }; // the emulator, of each page
    wire::LogLevel log_level { wire::LogLevel::Warning };
    bool trace { false };
    std::string trace_file; // empty: stderr
    bool stats { false };
    bool stats_json { false };
    std::string stats_file;
    bool patching { true };
    bool quiet { false };
    std::vector<std::string> command;
    std::map<std::string, std::string> volume_files;  // by name; absolute
    std::string volume_directory;                     // where NAME.volume is for a session's others; absolute, or empty
    std::map<std::string, LocalVolume> local_volumes; // by name: without a session
    bool accepts_older_volumes { false };
    std::string image; // that the root directory was unpacked from; empty: none
    bool image_is_protected { false };
    Secret image_access;              // formats::ImageAccess of a protected image; empty: the session has it
    std::vector<uint32_t> image_user; // of a protected image: user, group and supplementary groups; empty: root
};

// `arguments` follow the word `run`. Throws UserError; none means that help, or words for completion, were asked for
// and printed.
std::optional<RunOptions> parse_run_options(std::span<char const* const> arguments);

} // namespace farl::owner
