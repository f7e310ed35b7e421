// The launch configuration: what `farl run` decided, as one block of bytes that the launcher hands to the enclave.
// Every byte is specified in docs/formats/launch-config.md. This is the reader; owner/launch writes.
// The block is untrusted in this version: parse() checks all of it, and reads only memory that the host cannot
// change (copy the block inside first). Nothing here allocates; every view points into the block.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace farl::wire {

inline constexpr uint64_t kLaunchMagic = 0x48434e4c4c524146; // "FARLLNCH"
inline constexpr uint32_t kLaunchVersion = 1;
inline constexpr uint64_t kLargestLaunchConfig = 256ull << 20;

struct LaunchHeader {
    uint64_t magic;
    uint32_t version;
    uint32_t record_count;
    uint64_t size; // of the whole block, this header included
};
static_assert(sizeof(LaunchHeader) == 24);

// A record is this header, `length` bytes of payload, and zeros up to the next multiple of 8.
struct LaunchRecordHeader {
    uint32_t type;
    uint32_t flags; // must be 0
    uint64_t length;
};
static_assert(sizeof(LaunchRecordHeader) == 16);

enum class LaunchRecord : uint32_t {
    Settings = 1,         // LaunchSettings; exactly one
    Program = 2,          // absolute path inside the root file system; exactly one
    RootDirectory = 3,    // absolute host path; exactly one
    WorkingDirectory = 4, // absolute path inside the root file system; exactly one
    Argument = 5,         // argv in order; at least one
    Environment = 6,      // "NAME=VALUE" in order
    PatchTable = 7,       // FileIdentity, then a table as abi/formats/patch_table.h defines it
    Descriptor = 8,       // the number of one that the program inherits, 4 bytes; ascending, none of Farl's own
    Group = 9,            // a supplementary group, 4 bytes
};

// How host calls are made: by leaving the enclave, through queues, or as the runtime finds better.
enum class HostCalls : uint32_t { Auto = 0, Sync = 1, Async = 2 };

enum class LogLevel : uint32_t { Error = 0, Warning = 1, Info = 2, Debug = 3 };

inline constexpr uint32_t kLaunchTrace = 1 << 0;      // one line for each system call, on trace_fd
inline constexpr uint32_t kLaunchStats = 1 << 1;      // a report at exit, on stats_fd
inline constexpr uint32_t kLaunchStatsJson = 1 << 2;  // that report as JSON
inline constexpr uint32_t kLaunchNoPatching = 1 << 3; // apply no patch table: every `syscall` traps
inline constexpr uint32_t kLaunchAllSwitches = 0xf;

inline constexpr uint64_t kSmallestHeap = 16ull << 20;
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
};
static_assert(sizeof(LaunchSettings) == 80);

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

// The records of one type, in order, for a range-based for. Item is std::string_view, PatchTable or a number.
template <typename Item, LaunchRecord Type>
class LaunchRecords {
public:
    class Iterator {
    public:
        explicit Iterator(std::span<std::byte const> rest) : rest_(rest) { skip_others(); }
        Item operator*() const;
        Iterator& operator++();
        bool operator==(Iterator const& other) const { return rest_.size() == other.rest_.size(); }

    private:
        void skip_others();
        std::span<std::byte const> rest_;
    };

    explicit LaunchRecords(std::span<std::byte const> records) : records_(records) { }
    Iterator begin() const { return Iterator(records_); }
    Iterator end() const { return Iterator({}); }

private:
    std::span<std::byte const> records_; // checked by LaunchConfig::parse
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
    auto arguments() const { return LaunchRecords<std::string_view, LaunchRecord::Argument>(records_); }
    auto environment() const { return LaunchRecords<std::string_view, LaunchRecord::Environment>(records_); }
    auto descriptors() const { return LaunchRecords<uint32_t, LaunchRecord::Descriptor>(records_); }
    auto groups() const { return LaunchRecords<uint32_t, LaunchRecord::Group>(records_); }
    auto patch_tables() const { return LaunchRecords<PatchTable, LaunchRecord::PatchTable>(records_); }

private:
    LaunchConfig() = default;
    Result<> take_records(std::span<std::byte const> records, uint32_t count);
    Result<> take(LaunchRecord type, std::span<std::byte const> payload);
    Result<> take_settings(std::span<std::byte const> payload);
    Result<> take_descriptor(std::span<std::byte const> payload);
    bool has_own_descriptors_apart() const;
    bool is_complete() const;

    LaunchSettings settings_ {};
    bool has_settings_ { false };
    std::string_view program_;
    std::string_view root_directory_;
    std::string_view working_directory_;
    size_t argument_count_ { 0 };
    size_t environment_count_ { 0 };
    uint32_t descriptors_end_ { 0 }; // above the last one
    std::span<std::byte const> records_;
};

} // namespace farl::wire
