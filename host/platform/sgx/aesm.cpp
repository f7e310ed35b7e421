#include "host/platform/sgx/aesm.h"

#include "abi/sgx/quote.h"
#include "host/platform/sgx/protobuf.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace farl::host {

namespace {

// Fields of Request and Response, alike (messages.proto of linux-sgx).
constexpr uint32_t kInitQuote = 15, kGetQuoteSize = 16, kGetQuote = 17, kKeyCount = 21, kKeyIds = 22;
constexpr uint32_t kTimeoutField = 9, kErrorField = 1;
constexpr uint64_t kServiceTimeout_ms = 30'000;

// sgx_att_key_id_ext_t: what a quoting enclave and its algorithm are known by. Packed; the algorithm is at 154.
constexpr size_t kKeyIdSize = 256, kAlgorithmOffset = 154;
constexpr uint64_t kMostKeys = 64;
constexpr uint32_t kLargestAnswer = 1 << 20;

// aesm_error_t.
enum class AesmError : uint64_t {
    Success = 0,
    NoDevice = 2,
    Busy = 18,
    BackendBusy = 19,
    DeviceNotAvailable = 24,
    ServiceUnavailable = 30,
    UnsupportedKey = 38,
    KeyNotInitialised = 42,
    ReportError = 45,
    InvalidReport = 47,
};

Errno errno_of(uint64_t error)
{
    switch (static_cast<AesmError>(error)) {
    case AesmError::Busy:
    case AesmError::BackendBusy:
        return Errno::Eagain;
    case AesmError::NoDevice:
    case AesmError::DeviceNotAvailable:
    case AesmError::ServiceUnavailable:
    case AesmError::UnsupportedKey:
    case AesmError::KeyNotInitialised:
        return Errno::Enodev;
    case AesmError::ReportError:
    case AesmError::InvalidReport:
        return Errno::Eacces;
    default:
        return Errno::Eio;
    }
}

Errno last_error() { return static_cast<Errno>(errno == EWOULDBLOCK ? ETIMEDOUT : errno); }

class Connection {
public:
    static Result<Connection> open(std::string const& path, unsigned timeout_s)
    {
        sockaddr_un address { .sun_family = AF_UNIX, .sun_path = {} };
        if (path.size() >= sizeof(address.sun_path))
            return Errno::Enametoolong;
        std::memcpy(address.sun_path, path.data(), path.size());
        Connection connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (connection.socket_ < 0)
            return last_error();
        timeval const timeout { static_cast<time_t>(timeout_s), 0 };
        setsockopt(connection.socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        setsockopt(connection.socket_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
        if (connect(connection.socket_, reinterpret_cast<sockaddr const*>(&address), sizeof(address)))
            return last_error();
        return connection;
    }

    explicit Connection(int socket) : socket_(socket) { }
    Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) { }
    Connection& operator=(Connection&&) = delete;
    ~Connection()
    {
        if (socket_ >= 0)
            ::close(socket_);
    }

    Result<> send(protobuf::Bytes bytes)
    {
        while (!bytes.empty()) {
            auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EINTR)
                return last_error();
            bytes = bytes.subspan(sent > 0 ? static_cast<size_t>(sent) : 0);
        }
        return {};
    }

    Result<> receive(std::span<std::byte> room)
    {
        while (!room.empty()) {
            auto const received = ::recv(socket_, room.data(), room.size(), 0);
            if (received < 0 && errno != EINTR)
                return last_error();
            if (received == 0)
                return Errno::Eproto;
            room = room.subspan(received > 0 ? static_cast<size_t>(received) : 0);
        }
        return {};
    }

private:
    int socket_;
};

// x86: the size is little-endian.
protobuf::Bytes bytes_of(uint32_t const& size) { return std::as_bytes(std::span(&size, 1)); }

bool is_ecdsa(protobuf::Bytes key_id)
{
    uint32_t algorithm;
    std::memcpy(&algorithm, key_id.data() + kAlgorithmOffset, sizeof(algorithm));
    return algorithm == sgx::kAttestationKeyEcdsaP256;
}

} // namespace

Result<Aesm::Bytes> Aesm::exchange(Bytes const& request) const
{
    auto connection = TRY(Connection::open(socket_, timeout_s_));
    auto size = static_cast<uint32_t>(request.size());
    TRY(connection.send(bytes_of(size)));
    TRY(connection.send(request));
    TRY(connection.receive(std::as_writable_bytes(std::span(&size, 1))));
    if (size > kLargestAnswer)
        return Errno::Eproto;
    Bytes answer(size);
    TRY(connection.receive(answer));
    return answer;
}

Result<Aesm::Bytes> Aesm::ask(uint32_t field, Bytes const& request) const
{
    auto const answer = TRY(exchange(protobuf::Writer().bytes(field, request).message()));
    auto const body = protobuf::find_bytes(answer, field);
    auto const error = body ? protobuf::find_number(*body, kErrorField) : std::nullopt;
    if (!error)
        return Errno::Eproto;
    if (*error != static_cast<uint64_t>(AesmError::Success))
        return errno_of(*error);
    return Bytes(body->begin(), body->end());
}

// The service also lists EPID keys, and ECDSA keys that it cannot use.
Result<Aesm::Bytes> Aesm::fetch_ecdsa_key() const
{
    auto const counted = TRY(ask(kKeyCount, protobuf::Writer().number(kTimeoutField, kServiceTimeout_ms).message()));
    auto const count = protobuf::find_number(counted, 2).value_or(0);
    if (count == 0 || count > kMostKeys)
        return count ? Errno::Eproto : Errno::Enodev;
    auto const listed = TRY(ask(
        kKeyIds, protobuf::Writer().number(1, count * kKeyIdSize).number(kTimeoutField, kServiceTimeout_ms).message()));
    auto const ids = protobuf::find_bytes(listed, 2);
    if (!ids || ids->size() != count * kKeyIdSize)
        return Errno::Eproto;
    for (size_t at = 0; at < ids->size(); at += kKeyIdSize) {
        auto const id = ids->subspan(at, kKeyIdSize);
        if (is_ecdsa(id))
            return Bytes(id.begin(), id.end());
    }
    return Errno::Enodev;
}

Result<Aesm::Bytes> Aesm::ecdsa_key()
{
    std::lock_guard lock(mutex_);
    if (key_.empty())
        key_ = TRY(fetch_ecdsa_key());
    return key_;
}

// InitQuoteEx, twice: the first answer is how large the id of the public key is, which the second has to ask for.
Result<sgx::TargetInfo> Aesm::target()
{
    auto const key = TRY(ecdsa_key());
    auto const sized = TRY(ask(
        kInitQuote, protobuf::Writer().bytes(1, key).number(3, 0).number(kTimeoutField, kServiceTimeout_ms).message()));
    auto const size = protobuf::find_number(sized, 3);
    if (!size || *size > kLargestAnswer)
        return Errno::Eproto;
    auto const answer = TRY(ask(kInitQuote,
        protobuf::Writer()
            .bytes(1, key)
            .number(3, 1)
            .number(4, *size)
            .number(kTimeoutField, kServiceTimeout_ms)
            .message()));
    auto const info = protobuf::find_bytes(answer, 2);
    sgx::TargetInfo target;
    if (!info || info->size() != sizeof(target))
        return Errno::Eproto;
    std::memcpy(&target, info->data(), sizeof(target));
    return target;
}

Result<std::vector<std::byte>> Aesm::quote(sgx::Report const& report)
{
    auto const key = TRY(ecdsa_key());
    auto const sized =
        TRY(ask(kGetQuoteSize, protobuf::Writer().bytes(1, key).number(kTimeoutField, kServiceTimeout_ms).message()));
    auto const size = protobuf::find_number(sized, 2);
    if (!size || *size == 0 || *size > kLargestAnswer)
        return Errno::Eproto;
    auto const answer = TRY(ask(kGetQuote,
        protobuf::Writer()
            .bytes(1, std::as_bytes(std::span(&report, 1)))
            .bytes(2, key)
            .number(4, *size)
            .number(kTimeoutField, kServiceTimeout_ms)
            .message()));
    auto const quote = protobuf::find_bytes(answer, 2);
    if (!quote || quote->empty() || quote->size() > *size)
        return Errno::Eproto;
    return std::vector<std::byte>(quote->begin(), quote->end());
}

} // namespace farl::host
