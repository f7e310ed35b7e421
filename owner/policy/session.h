// Session: what an owner lets run, and what it gets once it has shown what it is. docs/formats/session.md describes the
// file. Values only: reading it is session_reader.h, its canonical form and hash session_json.h.
#pragma once

#include "abi/sgx/report.h"
#include "owner/keys/ed25519_key.h"
#include "owner/policy/network_address.h"
#include "owner/quote/tcb.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace farl::owner {

template <typename T>
using ByName = std::map<std::string, T, std::less<>>;

using Hash = sgx::Hash;
using PlatformId = std::array<std::byte, 16>; // PPID

// ---- secrets

struct GivenSecret {
    Secret value;
};

enum class Encoding { Raw, Hex, Base64 };
struct GeneratedSecret {
    uint32_t size { 32 }; // of the random bytes, before they are encoded
    Encoding encoding { Encoding::Hex };
};

struct AuthoritySecret { // a certificate authority
    std::string common_name;
    std::chrono::seconds lifetime;
};

enum class CertificateUse { Server, Client, Both };
struct CertificateSecret {
    std::string authority; // the name of an AuthoritySecret, or of an imported one
    std::string common_name;
    std::set<std::string> hosts; // names and addresses
    CertificateUse use;
    std::chrono::seconds lifetime;
};

struct ImportedSecret {
    std::string session;
    std::string secret;
};

// Who may import a secret: a session of this name, if it was created by this owner.
struct Export {
    std::string session;
    std::optional<Ed25519Point> owner; // another owner: the key that they connect with
    auto operator<=>(Export const&) const = default;
};

struct SecretRule {
    std::variant<GivenSecret, GeneratedSecret, AuthoritySecret, CertificateSecret, ImportedSecret> source;
    std::set<Export> exports;
};

// ---- services

enum class SecretPart { Whole, Certificate, Key, Chain }; // of a text; of a certificate or an authority
struct SecretReference {
    std::string secret;
    SecretPart part { SecretPart::Whole };
};
using Value = std::variant<std::string, SecretReference>;

struct InjectedFile {
    Value content;
    uint32_t mode { 0400 };
};

enum class Rollback { Strict, Lazy, None };
struct Volume {
    std::string path;
    Rollback rollback { Rollback::Strict };
};

enum class NetworkMode { TlsServer, TlsClient, Plain, Refuse };

struct TlsFiles { // certificate and key as files of the enclave
    std::string certificate;
    std::string key;
};

struct NetworkRule {
    std::string host;                      // that is connected to; empty for a rule about listening, or about a network
    std::optional<NetworkAddress> address; // none: any
    uint16_t port;                         // 0: any
    NetworkMode mode;
    std::optional<std::string> certificate; // a CertificateSecret of this side
    std::optional<TlsFiles> files;          // in place of that
    std::optional<std::string> authority;   // what the other side's certificate has to come from
    std::vector<std::string> names;         // of which that has to have one
    std::string protocol;                   // ALPN; empty: any
    bool allows_tls12 { false };
};

enum class OtherSockets { Refuse, Plain };

struct Signer {
    Hash mrsigner;
    uint16_t product;
    uint16_t minimum_svn;
};

// Which emulators are believed, by the SHA-256 of their roots' keys. An emulator protects nothing.
struct EmulatorTolerance {
    bool any { false };
    std::set<Hash> roots;
};

struct AttestationRule {
    std::set<Hash> mrenclaves;
    std::optional<Signer> signer;
    std::set<TcbStatus> tcb;
    std::set<PlatformId> platforms; // empty: any
    bool allows_debug { false };
    EmulatorTolerance emulated;
};

// How the enclave opens the protected image that the service runs in (docs/formats/fspf.md).
struct ImageRule {
    SecretReference key; // 64 hexadecimal digits
    std::array<std::byte, 16> tag {};
};

// Who the program begins as, in a protected image.
struct UserRule {
    uint32_t uid { 0 };
    uint32_t gid { 0 };
    std::vector<uint32_t> groups; // supplementary ones
};

enum class ConsoleMode { Plain, Shielded };

struct Service {
    std::vector<Value> argv;
    ByName<Value> environment;
    std::string working_directory { "/" };
    ByName<InjectedFile> files; // by path
    ByName<Volume> volumes;
    std::vector<NetworkRule> listen;
    std::vector<NetworkRule> connect;
    std::optional<OtherSockets> udp;          // none: refused if there are any rules
    std::optional<OtherSockets> unix_sockets; // the same
    std::optional<ImageRule> image;           // none: files are the host's
    std::optional<UserRule> user;             // none: root; only with an image
    ConsoleMode console { ConsoleMode::Plain };
    std::optional<uint32_t> starts; // how many in a version of the session; none: any
    AttestationRule attestation;
};

// ---- session

struct Approvals {
    uint32_t needed { 0 };
    ByName<Ed25519Point> keys;
};

struct Session {
    std::string name;
    std::optional<Hash> predecessor; // the hash of the session that this one replaces
    Approvals approvals;
    ByName<SecretRule> secrets;
    ByName<Service> services;
};

} // namespace farl::owner
