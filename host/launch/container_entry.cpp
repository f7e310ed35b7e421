#include "host/launch/container_entry.h"

#include "abi/formats/record_writer.h"
#include "abi/wire/launch_config.h"
#include "host/launch/name_resolver.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr int kFirstKeptDescriptor = 200;
constexpr uint64_t kHeap = 4ull << 30;

std::string_view variable(char const* name)
{
    auto const* value = getenv(name);
    return value ? value : "";
}

int complain(char const* what, char const* why)
{
    std::fprintf(stderr, "farl: %s: %s\n", what, why);
    return -1;
}

// Out of the way of the program's own.
int kept(int fd)
{
    auto const number = fcntl(fd, F_DUPFD, kFirstKeptDescriptor);
    return number >= 0 ? number : fcntl(fd, F_DUPFD, STDERR_FILENO + 1);
}

struct Endpoint {
    std::string host;
    uint16_t port { 0 };
};

// "cas.example:7701", "127.0.0.1:7701" or "[::1]:7701".
std::optional<Endpoint> endpoint_from(std::string_view text)
{
    auto const colon = text.rfind(':');
    if (colon == text.npos || colon == 0)
        return {};
    Endpoint endpoint { std::string(text.substr(0, colon)) };
    auto& host = endpoint.host;
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    auto const digits = text.substr(colon + 1);
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    bool const is_port = error == std::errc {} && end == digits.data() + digits.size() && endpoint.port != 0;
    return is_port ? std::optional(endpoint) : std::nullopt;
}

// A descriptor, or -1 and errno. IPv4 goes through a socket of its own: there are machines without IPv6.
int connect_to(ResolvedAddress const& address, uint16_t port)
{
    sockaddr_in v4 { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {} };
    sockaddr_in6 v6 {};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    memcpy(&v6.sin6_addr, address.data(), address.size());
    memcpy(&v4.sin_addr, &address[12], sizeof(v4.sin_addr));
    bool const is_v4 = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    auto const made = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto const* name = is_v4 ? reinterpret_cast<sockaddr const*>(&v4) : reinterpret_cast<sockaddr const*>(&v6);
    if (connect(made, name, is_v4 ? sizeof(v4) : sizeof(v6)) == 0)
        return made;
    auto const why = errno;
    close(made);
    errno = why;
    return -1;
}

int connect_to_cas()
{
    auto const endpoint = endpoint_from(variable("FARL_CAS"));
    if (!endpoint)
        return complain("FARL_CAS", "expected the host and port of a CAS, such as cas.example:7701");
    auto const addresses = addresses_of(endpoint->host, AF_UNSPEC);
    if (addresses.empty())
        return complain("FARL_CAS", "no address of that host is known here");
    for (auto const& address : addresses) {
        auto const made = connect_to(address, endpoint->port);
        if (made < 0)
            continue;
        auto const number = kept(made);
        close(made);
        return number;
    }
    return complain("FARL_CAS: cannot connect", strerror(errno));
}

std::optional<std::array<std::byte, wire::kCasKeySize>> cas_key()
{
    auto const digits = variable("FARL_CAS_KEY");
    std::array<std::byte, wire::kCasKeySize> key {};
    if (digits.size() != 2 * key.size())
        return {};
    for (size_t i = 0; i < key.size(); ++i) {
        unsigned value = 0;
        auto const* begin = digits.data() + 2 * i;
        auto const [end, error] = std::from_chars(begin, begin + 2, value, 16);
        if (error != std::errc {} || end != begin + 2)
            return {};
        key[i] = static_cast<std::byte>(value);
    }
    return key;
}

class ConfigBlock : public formats::RecordWriter<> {
public:
    ConfigBlock() : RecordWriter(wire::kLaunchConfig) { }

    void add_text(wire::LaunchRecord type, std::string_view text) { add(type, { std::as_bytes(std::span(text)) }); }
    void add_number(wire::LaunchRecord type, uint32_t number) { add(type, { std::as_bytes(std::span(&number, 1)) }); }
};

wire::LaunchSettings settings()
{
    wire::LaunchSettings made { .heap_size = kHeap, .log_level = wire::LogLevel::Warning };
    cpu_set_t processors;
    made.cpu_count =
        sched_getaffinity(0, sizeof(processors), &processors) == 0 ? static_cast<uint32_t>(CPU_COUNT(&processors)) : 1;
    made.log_fd = made.trace_fd = made.stats_fd = kept(STDERR_FILENO);
    made.umask = umask(0);
    umask(made.umask);
    made.uid = getuid();
    made.effective_uid = geteuid();
    made.gid = getgid();
    made.effective_gid = getegid();
    return made;
}

// What is mounted there outlives the container.
std::string_view volume_directory()
{
    constexpr char const* kUsual = "/farl/volumes";
    if (auto const chosen = variable("FARL_VOLUMES"); !chosen.empty())
        return chosen;
    return access(kUsual, W_OK) == 0 ? kUsual : "";
}

// Negative after a line on stderr.
int config_file(int cas)
{
    ConfigBlock block;
    auto const made = settings();
    block.add(wire::LaunchRecord::Settings, { std::as_bytes(std::span(&made, 1)) });
    block.add_text(wire::LaunchRecord::RootDirectory, "/");
    for (uint32_t number = 0; number <= STDERR_FILENO; ++number)
        if (fcntl(static_cast<int>(number), F_GETFD) >= 0)
            block.add_number(wire::LaunchRecord::Descriptor, number);
    block.add_number(wire::LaunchRecord::CasSocket, static_cast<uint32_t>(cas));
    block.add_text(wire::LaunchRecord::CasService, variable("FARL_SESSION"));
    auto const key = cas_key();
    if (!key && !variable("FARL_CAS_KEY").empty())
        return complain("FARL_CAS_KEY", "expected 64 hexadecimal digits, as `farl cas serve` prints them");
    if (key)
        block.add(wire::LaunchRecord::CasKey, { *key });
    if (auto const directory = volume_directory(); !directory.empty())
        block.add_text(wire::LaunchRecord::VolumeDirectory, directory);
    auto const bytes = block.bytes();
    if (wire::LaunchConfig::parse(bytes).is_error())
        return complain("FARL_SESSION, FARL_VOLUMES", "expected SESSION/SERVICE, and an absolute path");
    auto const file = memfd_create("farl-launch-config", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        return complain("the launch configuration cannot be kept", strerror(errno));
    return kept(file);
}

} // namespace

bool is_started_by_container() { return !variable("FARL_CAS").empty() || !variable("FARL_SESSION").empty(); }

std::optional<LaunchOptions> ContainerEntry::prepare()
{
    std::array<char, 4096> path {};
    auto const size = readlink("/proc/self/exe", path.data(), path.size());
    std::string_view const self(path.data(), size > 0 ? static_cast<size_t>(size) : 0);
    enclave_ = std::string(self.substr(0, self.rfind('/'))) + "/farl-enclave";
    sigstruct_ = enclave_ + ".sigstruct";
    auto const cas = connect_to_cas();
    auto const config = cas < 0 ? -1 : config_file(cas);
    if (config < 0)
        return {};
    return LaunchOptions {
        .config_fd = config, .enclave_path = enclave_.c_str(), .sigstruct_path = sigstruct_.c_str()
    };
}

} // namespace farl::host
