// The launch configuration: what `farl run` decided, as one block of bytes that the launcher hands to the enclave.
// Every byte is specified in docs/formats/launch-config.md. This is the reader; owner/launch writes.
// The block is untrusted in this version: parse() checks all of it, and reads only memory that the host cannot
// change (copy the block inside first). Nothing here allocates; every view points into the block.
#pragma once

#include "abi/formats/record_block.h"

#include <optional>

namespace farl::wire {

inline constexpr formats::BlockKind kLaunchConfig { 0x4843'4e4c'4c52'4146, 1, 256ull << 20 }; // "FARLLNCH"

enum class LaunchRecord : uint32_t {
    Settings = 1,         // LaunchSettings; exactly one
    Program = 2,          // absolute path inside the root file system; exactly one, or as below
    RootDirectory = 3,    // absolute host path; exactly one
    WorkingDirectory = 4, // absolute path inside the root file system; exactly one, or as below
    Argument = 5,         // argv in order; at least one, or as below
    Environment = 6,      // "NAME=VALUE" in order
    PatchTable = 7,       // FileIdentity, then a table as abi/formats/patch_table.h defines it
    Descriptor = 8,       // the number of one that the program inherits, 4 bytes; ascending, none of Farl's own
    Group = 9,            // a supplementary group, 4 bytes
    // Where the startup configuration comes from. It decides then: no Program, WorkingDirectory, Argument, Environment.
    CasSocket = 10,  // the number of a connected stream socket, 4 bytes, kept for Farl; at most one
    CasService = 11, // "SESSION/SERVICE": exactly one if there is a CasSocket
    CasKey = 12,     // the Ed25519 public key that the CAS has to show, 32 bytes; at most one. Without it any is taken
    // Where the host keeps the volumes of a startup configuration; only with a CasSocket.
    VolumeFile = 13,      // the volume's name, a NUL, the absolute host path of its file; ascending by name
    VolumeDirectory = 14, // absolute host path: where NAME.volume is for the other ones; at most one
};

// How host calls are made: by leaving the enclave, through queues, or as the runtime finds better.
enum class HostCalls : uint32_t { Auto = 0, Sync = 1, Async = 2 };

enum class LogLevel : uint32_t { Error = 0, Warning = 1, Info = 2, Debug = 3 };

inline constexpr uint32_t kLaunchTrace = 1 << 0;      // one line for each system call, on trace_fd
inline constexpr uint32_t kLaunchStats = 1 << 1;      // a report at exit, on stats_fd
inline constexpr uint32_t kLaunchStatsJson = 1 << 2;  // that report as JSON
inline constexpr uint32_t kLaunchNoPatching = 1 << 3; // apply no patch table: every `syscall` traps
inline constexpr uint32_t kLaunchAttended = 1
    << 4; // a shielded console's first block of input comes before the program
inline constexpr uint32_t kLaunchAllSwitches = 0x1f;

inline constexpr uint64_t kSmallestHeap = 16ull << 20;
inline constexpr uint64_t kLargestCache = 64ull << 30;
inline constexpr uint32_t kMostDescriptors = 1 << 20; // numbers of the host that the runtime can hold

// Descriptors, identities and signals are claims of the host: good for behaving as a native process would, no more.
struct LaunchSettings {
    uint64_t heap_size;       // bytes of application memory, whole pages
    uint64_t ignored_signals; // bit n-1 for signal n, as inherited across execve(2)
    uint64_t blocked_signals;
    uint32_t carriers;  // OS threads that compute at a time, up to sgx::kTcsCount; 0: as the runtime sees fit
    uint32_t cpu_count; // what the application is told
    LogLevel log_level;
    uint32_t switches; // kLaunchTrace...
    int32_t log_fd;    // host descriptors kept for Farl: not the application's
    int32_t trace_fd;
    int32_t stats_fd;
    uint32_t umask;
    uint32_t uid;
    uint32_t effective_uid;
    uint32_t gid;
    uint32_t effective_gid;
    HostCalls host_calls;
    uint32_t emulated_transition_ns; // what the emulator is to charge for an entry and an exit, 0 for nothing
    uint64_t cache_size;             // bytes of verified blocks of an image to keep, 0: as the runtime sees fit
    uint64_t ephemeral_size;         // bytes of files to keep in the enclave before they go out, 0: as it sees fit
};
static_assert(sizeof(LaunchSettings) == 96);

// Which version of a host file a patch table was made from: stat(2) of the file when it was analysed.
struct FileIdentity {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t modified_s;
    int64_t modified_ns;
    int64_t changed_s;
    int64_t changed_ns;

    bool operator==(FileIdentity const&) const = default;
};
static_assert(sizeof(FileIdentity) == 56);

struct PatchTable {
    FileIdentity file;
    std::span<std::byte const> table; // its own reader must check it
};

// Of a payload that was checked.
PatchTable as_patch_table(std::span<std::byte const> payload);

inline constexpr size_t kCasKeySize = 32;

struct VolumeFile {
    std::string_view name;
    std::string_view path;
};
// Of a payload that was checked.
VolumeFile as_volume_file(std::span<std::byte const> payload);

struct CasLink {
    int socket;
    std::string_view service;
    std::span<std::byte const> key; // empty: any
};

class LaunchConfig {
public:
    // EINVAL for anything that the format does not allow. `block` must outlive the configuration; it may be
    // followed by other bytes (the padding of a page), which are ignored.
    static Result<LaunchConfig> parse(std::span<std::byte const> block);

    LaunchSettings const& settings() const { return settings_; }
    std::string_view program() const { return program_; }
    std::string_view root_directory() const { return root_directory_; }
    std::string_view working_directory() const { return working_directory_; }

    size_t argument_count() const { return argument_count_; }
    size_t environment_count() const { return environment_count_; }
    auto arguments() const { return all<formats::as_text>(LaunchRecord::Argument); }
    auto environment() const { return all<formats::as_text>(LaunchRecord::Environment); }
    auto descriptors() const { return all<formats::as_number>(LaunchRecord::Descriptor); }
    auto groups() const { return all<formats::as_number>(LaunchRecord::Group); }
    auto patch_tables() const { return all<as_patch_table>(LaunchRecord::PatchTable); }

    auto volume_files() const { return all<as_volume_file>(LaunchRecord::VolumeFile); }
    std::string_view volume_directory() const { return volume_directory_; } // empty: none

    // None: program, working directory, arguments and environment are those above.
    std::optional<CasLink> const& cas() const { return cas_; }

private:
    LaunchConfig() = default;
    template <auto Decode>
    formats::PayloadsOf<Decode> all(LaunchRecord type) const
    {
        return { records_, static_cast<uint32_t>(type) };
    }
    Result<> take(LaunchRecord type, std::span<std::byte const> payload);
    Result<> take_settings(std::span<std::byte const> payload);
    Result<> take_descriptor(std::span<std::byte const> payload);
    Result<> take_cas_socket(std::span<std::byte const> payload);
    Result<> take_cas_service(std::span<std::byte const> payload);
    Result<> take_cas_key(std::span<std::byte const> payload);
    Result<> take_volume_file(std::span<std::byte const> payload);
    Result<> complete_cas();
    bool has_own_descriptors_apart() const;
    bool is_complete() const;
    bool says_what_runs() const;
    bool says_nothing_of_what_runs() const;

    LaunchSettings settings_ {};
    bool has_settings_ { false };
    std::string_view program_;
    std::string_view root_directory_;
    std::string_view working_directory_;
    size_t argument_count_ { 0 };
    size_t environment_count_ { 0 };
    uint32_t descriptors_end_ { 0 }; // above the last one
    std::optional<int> cas_socket_;
    std::string_view cas_service_;
    std::span<std::byte const> cas_key_;
    std::optional<CasLink> cas_;
    std::string_view last_volume_;
    std::string_view volume_directory_;
    formats::Records records_;
};

} // namespace farl::wire
