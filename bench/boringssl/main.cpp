// What BoringSSL itself reaches, as the enclave has it, but outside of one:
//   bench_boringssl records                             MB/s of AES-128-GCM alone, records of 16 KiB, in memory
//   bench_boringssl PORT send|receive CERTIFICATE KEY   bench/micro/stream.c with TLS
#include "tests/crypto/hosted/stand_ins.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <openssl/aead.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr size_t kRecord = 16 * 1024;
char bytes[kRecord];

[[noreturn]] void fail(char const* what)
{
    std::fprintf(stderr, "bench_boringssl: %s\n", what);
    std::exit(1);
}

// ---- a socket as a BIO: this BoringSSL was built without sockets

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio))); }
int write_to_socket(BIO* bio, char const* from, int size)
{
    return static_cast<int>(send(descriptor_of(bio), from, static_cast<size_t>(size), MSG_NOSIGNAL));
}
int read_from_socket(BIO* bio, char* to, int size)
{
    return static_cast<int>(recv(descriptor_of(bio), to, static_cast<size_t>(size), 0));
}
long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH; }
constexpr BIO_METHOD kSocket { BIO_TYPE_SOURCE_SINK, "socket", write_to_socket, read_from_socket, nullptr, nullptr,
    control, nullptr, nullptr, nullptr };

BIO* make_bio(int descriptor)
{
    auto* bio = BIO_new(&kSocket);
    if (!bio)
        fail("no memory");
    BIO_set_init(bio, 1);
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(descriptor)));
    return bio;
}

// ---- TLS

bssl::UniquePtr<BIO> contents(char const* path)
{
    static std::string text;
    std::ifstream file(path);
    text.assign(std::istreambuf_iterator<char>(file), {});
    return bssl::UniquePtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bssl::UniquePtr<SSL_CTX> make_context(char const* certificate_path, char const* key_path)
{
    bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
    auto file = contents(certificate_path);
    bssl::UniquePtr<X509> certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
    file = contents(key_path);
    bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    if (!certificate || !key || !SSL_CTX_use_certificate(context.get(), certificate.get())
        || !SSL_CTX_use_PrivateKey(context.get(), key.get()))
        fail("certificate and key are not readable");
    return context;
}

bssl::UniquePtr<SSL> accept_from(int listening, SSL_CTX* context)
{
    auto const descriptor = accept(listening, nullptr, nullptr);
    bssl::UniquePtr<SSL> connection(SSL_new(context));
    auto* bio = make_bio(descriptor);
    SSL_set_bio(connection.get(), bio, bio);
    if (SSL_accept(connection.get()) == 1)
        return connection;
    close(descriptor); // who only looks whether somebody listens
    return nullptr;
}

[[noreturn]] void serve(int listening, SSL_CTX* context, bool is_sending)
{
    for (;;) {
        auto const connection = accept_from(listening, context);
        if (!connection)
            continue;
        auto const step = [&] {
            return is_sending ? SSL_write(connection.get(), bytes, sizeof bytes)
                              : SSL_read(connection.get(), bytes, sizeof bytes);
        };
        while (step() > 0) { }
        close(descriptor_of(SSL_get_rbio(connection.get())));
    }
}

int listen_at(int port)
{
    int const listening = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listening, 10) != 0)
        fail("the port is taken");
    return listening;
}

// ---- without TLS

double now_s()
{
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void seal_records()
{
    constexpr double kDuration_s = 0.5;
    static uint8_t sealed[kRecord + EVP_AEAD_MAX_OVERHEAD];
    uint8_t const key[16] {};
    uint8_t nonce[12] {};
    bssl::ScopedEVP_AEAD_CTX context;
    if (!EVP_AEAD_CTX_init(
            context.get(), EVP_aead_aes_128_gcm(), key, sizeof key, EVP_AEAD_DEFAULT_TAG_LENGTH, nullptr))
        fail("no AES-GCM");
    auto const start = now_s();
    double count = 0, elapsed = 0;
    for (; elapsed < kDuration_s; elapsed = now_s() - start, ++count) {
        size_t size;
        ++nonce[0];
        if (!EVP_AEAD_CTX_seal(context.get(), sealed, &size, sizeof sealed, nonce, sizeof nonce,
                reinterpret_cast<uint8_t const*>(bytes), sizeof bytes, nullptr, 0))
            fail("it does not seal");
    }
    std::printf("%.0f\n", count * kRecord / elapsed / 1e6);
}

} // namespace

int main(int argc, char** argv)
{
    farl::crypto_test::prepare_stack_protector();
    std::signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && std::string_view(argv[1]) == "records") {
        seal_records();
        return 0;
    }
    if (argc != 5)
        fail("usage: bench_boringssl records, or PORT send|receive CERTIFICATE KEY");
    auto const context = make_context(argv[3], argv[4]);
    serve(listen_at(std::atoi(argv[1])), context.get(), std::string_view(argv[2]) == "send");
}
