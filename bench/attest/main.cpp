// bench_attest: how long a quote takes to verify, and how many enclaves a CAS answers in a second. The enclaves are
// hosted ones, which share the processors with the CAS; what they show is made before the clock starts.
#include "abi/formats/admission.h"
#include "owner/launch/endpoint.h"
#include "owner/quote/emulated_quote.h"
#include "owner/quote/text.h"
#include "tests/support/hosted_enclave.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace farl {

namespace {

using std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr uint8_t kSecret = 1, kMrenclave = 0x11;
constexpr int kVerifications = 300;

std::string contents(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    return { std::istreambuf_iterator<char>(file), {} };
}

template <typename Verify>
void report_verification(char const* what, Verify const& verify)
{
    std::vector<double> times;
    for (int i = 0; i < kVerifications; ++i) {
        auto start = steady_clock::now();
        verify();
        times.push_back(Milliseconds(steady_clock::now() - start).count());
    }
    std::ranges::nth_element(times, times.begin() + kVerifications / 2);
    std::printf("verification of %s: %.3f ms\n", what, times[kVerifications / 2]);
}

void verify_quotes()
{
    auto emulated = quote_from(hosted_enclave(kSecret, kMrenclave), {});
    report_verification("an emulator's quote", [&] { owner::attest_emulated(owner::parse_quote(emulated)); });

    std::string const vectors = FARL_TEST_VECTORS "/dcap/";
    auto quote = contents(vectors + "sgx_quote.bin");
    if (quote.empty())
        return;
    auto collateral = owner::Collateral::parse(contents(vectors + "sgx_quote_collateral.json"));
    auto now = *owner::time_from_text("2025-07-01T00:00:00Z");
    collateral.verify({ owner::intel_root() }, now);
    report_verification("a platform's quote, collateral verified before", [&] {
        owner::attest(owner::parse_quote(std::as_bytes(std::span(quote))), collateral, now, { owner::intel_root() });
    });
}

bool is_let_in(std::string const& endpoint, std::string const& service, ShownCertificate const& shown)
{
    try {
        auto socket = owner::connect_to(endpoint);
        return !formats::is_denial(ask_cas(socket.get(), shown, service));
    } catch (std::runtime_error const& error) {
        std::fprintf(stderr, "bench_attest: %s\n", error.what());
        return false;
    }
}

// Returns how many were let in.
size_t attest_all(
    std::string const& endpoint, std::string const& service, std::vector<ShownCertificate> const& shown, int threads)
{
    std::atomic<size_t> next { 0 }, admitted { 0 };
    auto work = [&] {
        for (size_t i; (i = next++) < shown.size();)
            admitted += is_let_in(endpoint, service, shown[i]);
    };
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i)
        workers.emplace_back(work);
    for (auto& worker : workers)
        worker.join();
    return admitted;
}

int attest(std::string const& endpoint, std::string const& service, int count, int threads)
{
    auto enclave = hosted_enclave(kSecret, kMrenclave);
    std::vector<ShownCertificate> shown;
    for (int i = 0; i < count; ++i)
        shown.push_back(attested_certificate(enclave));
    auto start = steady_clock::now();
    auto admitted = attest_all(endpoint, service, shown, threads);
    auto seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
    std::printf("%zu of %d let in, %d at a time: %.0f a second\n", admitted, count, threads, count / seconds);
    return admitted == static_cast<size_t>(count) ? 0 : 1;
}

} // namespace

} // namespace farl

int main(int count, char** arguments)
{
    if (count == 1) {
        farl::verify_quotes();
        return 0;
    }
    if (count == 5)
        return farl::attest(arguments[1], arguments[2], std::atoi(arguments[3]), std::atoi(arguments[4]));
    std::fputs("Usage: bench_attest [HOST:PORT SESSION/SERVICE COUNT THREADS]\n", stderr);
    return 2;
}
