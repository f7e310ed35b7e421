// C2SP's Wycheproof vectors (../shared/vectors/wycheproof), through the wrapper. Skips where they are absent.
#include "tests/crypto/operation.h"

#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace farl::crypto_test;
using nlohmann::json;

namespace {

using Octets = std::vector<uint8_t>;

Octets hex(json const& value)
{
    auto const text = value.get<std::string>();
    Octets octets(text.size() / 2);
    for (size_t i = 0; i < octets.size(); ++i)
        octets[i] = static_cast<uint8_t>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
    return octets;
}

Bytes view(Octets const& octets) { return { const_cast<uint8_t*>(octets.data()), octets.size() }; }

enum class Verdict { Right, Wrong, OutOfScope };

// How many vectors the wrapper takes; each must end as it should. The vectors that it does not take (other key, nonce
// and tag sizes) are counted too: a change that would drop some is seen.
void judge(char const* file, size_t expected, std::function<Verdict(json const& group, json const& test)> const& run)
{
    std::ifstream stream(std::string(FARL_TEST_VECTORS "/wycheproof/") + file);
    if (!stream)
        GTEST_SKIP() << "no ../shared/vectors/wycheproof/" << file;
    auto const vectors = json::parse(stream);
    size_t count = 0;
    for (auto const& group : vectors.at("testGroups"))
        for (auto const& test : group.at("tests")) {
            auto const verdict = run(group, test);
            count += verdict != Verdict::OutOfScope;
            EXPECT_NE(verdict, Verdict::Wrong) << file << " " << test.at("tcId") << " " << test.at("comment");
        }
    EXPECT_EQ(count, expected) << file;
}

bool is_valid(json const& test) { return test.at("result") == "valid"; }
Verdict verdict(bool is_right) { return is_right ? Verdict::Right : Verdict::Wrong; }

Verdict seal_and_open(json const& group, json const& test)
{
    if (group.at("keySize") != 256 || group.at("ivSize") != 96 || group.at("tagSize") != 128)
        return Verdict::OutOfScope;
    auto const key = hex(test.at("key")), nonce = hex(test.at("iv")), additional = hex(test.at("aad"));
    auto const message = hex(test.at("msg")), ciphertext = hex(test.at("ct")), tag = hex(test.at("tag"));
    Octets sealed(message.size()), sealed_tag(tag.size()), opened(ciphertext.size());
    auto const ok = perform({ .operation = Operation::Open,
        .key = view(key),
        .nonce = view(nonce),
        .additional = view(additional),
        .input = view(ciphertext),
        .output = view(opened),
        .tag = view(tag) });
    if (!is_valid(test))
        return verdict(ok == -EBADMSG);
    auto const size = perform({ .operation = Operation::Seal,
        .key = view(key),
        .nonce = view(nonce),
        .additional = view(additional),
        .input = view(message),
        .output = view(sealed),
        .tag = view(sealed_tag) });
    return verdict(ok >= 0 && opened == message && size == 16 && sealed == ciphertext && sealed_tag == tag);
}

Verdict authenticate(json const&, json const& test)
{
    auto const key = hex(test.at("key")), message = hex(test.at("msg")), tag = hex(test.at("tag"));
    Octets digest(32);
    if (perform({ .operation = Operation::Hmac, .key = view(key), .input = view(message), .output = view(digest) }) < 0)
        return Verdict::Wrong;
    digest.resize(tag.size()); // some tags are truncated
    return verdict((digest == tag) == is_valid(test));
}

Verdict derive(json const&, json const& test)
{
    auto const secret = hex(test.at("ikm")), salt = hex(test.at("salt")), info = hex(test.at("info"));
    Octets output(test.at("size").get<size_t>());
    auto const size = perform({ .operation = Operation::Hkdf,
        .key = view(secret),
        .nonce = view(salt),
        .additional = view(info),
        .output = view(output) });
    return verdict(is_valid(test) ? size >= 0 && output == hex(test.at("okm")) : size == -EINVAL);
}

Verdict verify(json const& group, json const& test)
{
    auto const point = hex(group.at("publicKey").at("uncompressed")), message = hex(test.at("msg"));
    auto const signature = hex(test.at("sig"));
    auto const ok =
        perform({ .operation = Operation::Verify, .key = view(point), .input = view(message), .tag = view(signature) });
    return verdict(is_valid(test) ? ok == 0 : ok == -EBADMSG);
}

// The public keys are SubjectPublicKeyInfo; the wrapper takes bare points. What is not that one form of a P-256 key has
// no point.
Verdict agree(json const&, json const& test)
{
    static auto const prefix = hex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
    auto const info = hex(test.at("public"));
    if (info.size() != 91 || !std::equal(prefix.begin(), prefix.end(), info.begin()))
        return Verdict::OutOfScope;
    Octets const point(info.begin() + static_cast<ptrdiff_t>(prefix.size()), info.end());
    auto scalar = hex(test.at("private"));
    if (scalar.size() > 32) // of an ASN.1 INTEGER
        scalar.erase(scalar.begin(), scalar.end() - 32);
    scalar.insert(scalar.begin(), 32 - scalar.size(), 0);
    Octets shared(32);
    auto const size =
        perform({ .operation = Operation::Agree, .key = view(scalar), .input = view(point), .output = view(shared) });
    return verdict(is_valid(test) ? size == 32 && shared == hex(test.at("shared")) : size == -EINVAL);
}

TEST(Wycheproof, aes_256_gcm) { judge("aes_gcm_test.json", 66, seal_and_open); }
TEST(Wycheproof, hmac_sha256) { judge("hmac_sha256_test.json", 174, authenticate); }
TEST(Wycheproof, hkdf_sha256) { judge("hkdf_sha256_test.json", 86, derive); }
TEST(Wycheproof, ecdsa_p256_sha256) { judge("ecdsa_secp256r1_sha256_test.json", 484, verify); }
TEST(Wycheproof, ecdh_p256) { judge("ecdh_secp256r1_test.json", 349, agree); }

} // namespace
