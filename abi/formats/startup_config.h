// The startup configuration (SCF): what a CAS sends to an enclave that it lets in, and all that decides what runs
// there. Every byte is specified in docs/formats/startup-config.md. This is the reader; owner/cas writes. It comes from
// the CAS over TLS, so its contents are true; parse() still checks all of their form. Nothing here allocates or copies:
// every view points into the block, which has secrets in it.
#pragma once

#include "abi/formats/credentials.h"
#include "abi/formats/volume_access.h"

namespace farl::formats {

inline constexpr BlockKind kStartupConfig { 0x3146'4353'4c52'4146, 1, 4 << 20 }; // "FARLSCF1"

enum class StartupRecord : uint32_t {
    WorkingDirectory = 1, // absolute path; exactly one
    Argument = 2,         // argv in order; at least one. The first is the program: a path, or a name to look for
    Environment = 3,      // "NAME=VALUE"
    File = 4,             // InjectedFileHeader, path, content: a file put in place; ascending by path
    ConsoleKey = 5,       // 32 bytes; at most one: with it standard streams are shielded
    Image = 6,            // ImageAccess; at most one: with it files are those of a protected image
    User = 7,             // UserIds and supplementary groups; at most one, and only with an image
    Volume = 8,           // VolumeAccessHeader, name, path; ascending by name, none in another
    VolumeLease = 9,      // seconds, 4 bytes: how long the volumes are this enclave's; exactly one if there are any
    Network = 10,         // NetworkDefaults; at most one: with it the network is shielded
    // credentials.h; only behind a Network
    NetworkRule = static_cast<uint32_t>(CredentialRecord::NetworkRule),
    TicketKeys = static_cast<uint32_t>(CredentialRecord::TicketKeys),
    CredentialsDue = static_cast<uint32_t>(CredentialRecord::CredentialsDue),
};

inline constexpr size_t kConsoleKeySize = 32;

// How to open a protected image: docs/formats/fspf.md.
struct ImageAccess {
    std::byte key[32];
    std::byte tag[16];
    uint32_t flags; // 0
};
static_assert(sizeof(ImageAccess) == 52);

// Who the program begins as. Without it: root, as in other containers. Supplementary groups follow, 4 bytes each.
struct UserIds {
    uint32_t uid { 0 };
    uint32_t gid { 0 };
};
static_assert(sizeof(UserIds) == 8);
inline constexpr size_t kMostSupplementaryGroups = 65536; // setgroups(2)

struct InjectedFileHeader {
    uint32_t mode; // permissions, at most 0777
    uint32_t path_size;
};
static_assert(sizeof(InjectedFileHeader) == 8);

struct InjectedFile {
    uint32_t mode;
    std::string_view path; // absolute, without "//", "." and "..", and without a slash at its end
    Bytes content;
};
// Of a payload that was checked.
InjectedFile as_injected_file(Bytes payload);

class StartupConfig {
public:
    // EINVAL for anything that the format does not allow, bytes after the block included. `block` must outlive the
    // configuration.
    static Result<StartupConfig> parse(Bytes block);

    std::string_view working_directory() const { return working_directory_; }
    Bytes console_key() const { return console_key_; } // empty: there is none

    Bytes image() const { return image_; } // an ImageAccess; empty: there is none
    UserIds user() const { return user_; }
    size_t supplementary_group_count() const { return supplementary_groups_.size() / sizeof(uint32_t); }
    uint32_t supplementary_group(size_t index) const
    {
        return as_number(supplementary_groups_.subspan(index * sizeof(uint32_t), sizeof(uint32_t)));
    }

    auto volumes() const { return all<as_volume>(StartupRecord::Volume); }
    uint32_t volume_lease_seconds() const { return volume_lease_seconds_; } // 0: there are no volumes

    // Whether connections go by rules; what has none is refused.
    bool has_network() const { return has_network_; }
    NetworkDefaults network() const { return network_; }
    Credentials const& credentials() const { return credentials_; }

    size_t argument_count() const { return argument_count_; }
    size_t environment_count() const { return environment_count_; }
    size_t file_count() const { return file_count_; }
    auto arguments() const { return all<as_text>(StartupRecord::Argument); }
    auto environment() const { return all<as_text>(StartupRecord::Environment); }
    auto files() const { return all<as_injected_file>(StartupRecord::File); }

private:
    template <auto Decode>
    PayloadsOf<Decode> all(StartupRecord type) const
    {
        return { records_, static_cast<uint32_t>(type) };
    }
    Result<> take(StartupRecord type, Bytes payload);
    Result<> take_working_directory(Bytes payload);
    Result<> take_argument(Bytes payload);
    Result<> take_file(Bytes payload);
    Result<> take_console_key(Bytes payload);
    Result<> take_image(Bytes payload);
    Result<> take_user(Bytes payload);
    Result<> take_volume(Bytes payload);
    Result<> take_volume_lease(Bytes payload);
    Result<> take_network(Bytes payload);

    Records records_;
    std::string_view working_directory_;
    std::string_view last_path_;
    Bytes console_key_;
    Bytes image_;
    UserIds user_;
    Bytes supplementary_groups_;
    bool has_user_ { false };
    std::string_view last_volume_;
    size_t volume_count_ { 0 };
    uint32_t volume_lease_seconds_ { 0 };
    NetworkDefaults network_;
    Credentials credentials_;
    bool has_network_ { false };
    size_t argument_count_ { 0 };
    size_t environment_count_ { 0 };
    size_t file_count_ { 0 };
};

} // namespace farl::formats
