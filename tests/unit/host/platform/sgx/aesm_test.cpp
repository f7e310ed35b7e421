// Quotes by the quoting service: every byte of each question, and answers that are none.
#include "host/platform/sgx/aesm.h"

#include "host/platform/sgx/protobuf.h"
#include "tests/support/fake_aesm.h"

#include <cstring>
#include <gtest/gtest.h>

namespace farl::host {

using protobuf::Writer;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<int> values)
{
    Bytes all;
    for (auto value : values)
        all.push_back(static_cast<std::byte>(value));
    return all;
}

Bytes operator+(Bytes left, Bytes const& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

// An attestation key's id with this algorithm.
Bytes key_id(int algorithm, int mark)
{
    Bytes id(256, static_cast<std::byte>(mark));
    std::fill_n(id.begin() + 154, 4, std::byte {});
    id[154] = static_cast<std::byte>(algorithm);
    return id;
}

Bytes const kEcdsa = key_id(2, 0xEC);
Bytes const kTimeout = bytes({ 0x48, 0xB0, 0xEA, 0x01 }); // field 9: 30,000 ms

// A response whose field `field` is `body`, without an error.
Bytes response(uint32_t field, Writer const& body) { return Writer().bytes(field, body.message()).message(); }
Writer success() { return Writer().number(1, 0); }

// The service knows an EPID key and an ECDSA key.
void answer_keys(FakeAesm& service)
{
    service.answer(response(21, success().number(2, 2)))
        .answer(response(22, success().bytes(2, key_id(0, 0xE0) + kEcdsa)));
}

sgx::Report report_of(int mark)
{
    sgx::Report report;
    std::memset(static_cast<void*>(&report), mark, sizeof(report));
    return report;
}

} // namespace

TEST(Aesm, asks_for_the_target_with_exactly_these_bytes)
{
    FakeAesm service;
    answer_keys(service);
    Bytes info(512, std::byte { 0x7A });
    service.answer(response(15, success().bytes(2, info).number(3, 32)))
        .answer(response(15, success().bytes(2, info).number(3, 32).bytes(4, Bytes(32))));
    auto const target = Aesm(service.path()).target();
    ASSERT_TRUE(target.is_ok());
    EXPECT_EQ(std::memcmp(&target.value(), info.data(), info.size()), 0);

    auto const questions = service.questions();
    ASSERT_EQ(questions.size(), 4u);
    // size; field 21, 4 bytes; timeout.
    EXPECT_EQ(questions[0], bytes({ 7, 0, 0, 0, 0xAA, 0x01, 4 }) + kTimeout);
    // field 22, 7 bytes; buf_size 512.
    EXPECT_EQ(questions[1], bytes({ 10, 0, 0, 0, 0xB2, 0x01, 7, 0x08, 0x80, 0x04 }) + kTimeout);
    // field 15, 265 bytes; att_key_id, 256 bytes; b_pub_key_id false.
    EXPECT_EQ(questions[2],
        bytes({ 12, 1, 0, 0, 0x7A, 0x89, 0x02, 0x0A, 0x80, 0x02 }) + kEcdsa + bytes({ 0x18, 0 }) + kTimeout);
    // b_pub_key_id true; buf_size 32.
    EXPECT_EQ(questions[3],
        bytes({ 14, 1, 0, 0, 0x7A, 0x8B, 0x02, 0x0A, 0x80, 0x02 }) + kEcdsa + bytes({ 0x18, 1, 0x20, 32 }) + kTimeout);
}

TEST(Aesm, asks_for_a_quote_with_exactly_these_bytes)
{
    FakeAesm service;
    answer_keys(service);
    Bytes const made(4000, std::byte { 3 });
    service.answer(response(16, success().number(2, 4600))).answer(response(17, success().bytes(2, made)));
    auto const report = report_of(0x5E);
    auto const quote = Aesm(service.path()).quote(report);
    ASSERT_TRUE(quote.is_ok());
    EXPECT_EQ(quote.value(), made);

    auto const questions = service.questions();
    ASSERT_EQ(questions.size(), 4u);
    // field 16, 263 bytes; att_key_id.
    EXPECT_EQ(questions[2], bytes({ 11, 1, 0, 0, 0x82, 0x01, 0x87, 0x02, 0x0A, 0x80, 0x02 }) + kEcdsa + kTimeout);
    // field 17, 701 bytes; report, 432 bytes; att_key_id; buf_size 4600.
    EXPECT_EQ(questions[3],
        bytes({ 0xC1, 2, 0, 0, 0x8A, 0x01, 0xBD, 0x05, 0x0A, 0xB0, 0x03 }) + Bytes(432, std::byte { 0x5E })
            + bytes({ 0x12, 0x80, 0x02 }) + kEcdsa + bytes({ 0x20, 0xF8, 0x23 }) + kTimeout);
}

TEST(Aesm, asks_for_its_key_once)
{
    FakeAesm service;
    answer_keys(service);
    for (int i = 0; i < 2; ++i)
        service.answer(response(16, success().number(2, 10))).answer(response(17, success().bytes(2, Bytes(10))));
    Aesm aesm(service.path());
    EXPECT_TRUE(aesm.quote(report_of(1)).is_ok());
    EXPECT_TRUE(aesm.quote(report_of(2)).is_ok());
    EXPECT_EQ(service.questions().size(), 6u);
}

TEST(Aesm, a_service_without_an_ecdsa_key_is_enodev)
{
    FakeAesm service;
    service.answer(response(21, success().number(2, 1))).answer(response(22, success().bytes(2, key_id(0, 1))));
    EXPECT_EQ(Aesm(service.path()).target().error(), Errno::Enodev);
}

TEST(Aesm, errors_of_the_service_are_told_apart)
{
    constexpr std::pair<int, Errno> kCases[] { { 18, Errno::Eagain }, { 38, Errno::Enodev }, { 47, Errno::Eacces },
        { 45, Errno::Eacces }, { 1, Errno::Eio }, { 12, Errno::Eio } };
    for (auto const& [code, expected] : kCases) {
        FakeAesm service;
        answer_keys(service);
        service.answer(response(16, Writer().number(1, static_cast<uint64_t>(code))));
        EXPECT_EQ(Aesm(service.path()).quote(report_of(1)).error(), expected) << code;
    }
}

TEST(Aesm, a_service_that_does_not_run_is_its_error)
{
    EXPECT_EQ(Aesm("/tmp/farl-no-such-socket").target().error(), Errno::Enoent);
    EXPECT_EQ(Aesm(std::string(200, 'x')).target().error(), Errno::Enametoolong);
}

TEST(Aesm, a_service_that_does_not_answer_is_given_up)
{
    FakeAesm silent(true);
    EXPECT_EQ(Aesm(silent.path(), 1).target().error(), Errno::Etimedout);
}

TEST(Aesm, answers_that_are_none_are_eproto)
{
    std::vector<Bytes> const broken {
        {},                                   // the end at once
        bytes({ 4, 0 }),                      // half a size
        bytes({ 5, 0, 0, 0, 1 }),             // less than its size
        bytes({ 0xFF, 0xFF, 0xFF, 0x7F }),    // 2 GiB
        bytes({ 0, 0, 0, 0 }),                // an empty message
        bytes({ 3, 0, 0, 0, 0xAA, 0x01, 9 }), // a field longer than the message
        bytes({ 2, 0, 0, 0, 0xFF, 0xFF }),    // half a number
        bytes({ 11, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1 }), // too long a one
        bytes({ 5, 0, 0, 0, 0xAA, 0x01, 2, 0x10, 1 }),                                         // no error code
        bytes({ 7, 0, 0, 0, 0xB2, 0x01, 4, 0x08, 0, 0x10, 1 }), // the answer to another question
    };
    for (auto const& answer : broken) {
        FakeAesm service;
        service.answer_raw(answer);
        EXPECT_EQ(Aesm(service.path()).target().error(), Errno::Eproto);
    }
}

TEST(Aesm, sizes_that_do_not_fit_are_eproto)
{
    auto const target_after = [](Writer const& sized, Writer const& answer) {
        FakeAesm service;
        answer_keys(service);
        service.answer(response(15, sized)).answer(response(15, answer));
        return Aesm(service.path()).target().error();
    };
    EXPECT_EQ(target_after(success().number(3, 32), success().bytes(2, Bytes(511))), Errno::Eproto);
    EXPECT_EQ(target_after(success().number(3, 1 << 30), success()), Errno::Eproto);
    EXPECT_EQ(target_after(success(), success()), Errno::Eproto);

    FakeAesm service;
    answer_keys(service);
    service.answer(response(16, success().number(2, 100))).answer(response(17, success().bytes(2, Bytes(101))));
    EXPECT_EQ(Aesm(service.path()).quote(report_of(1)).error(), Errno::Eproto);
}

TEST(Protobuf, unknown_fields_are_skipped_and_the_last_of_a_kind_counts)
{
    auto const fixed = bytes({ 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4 }); // 1: 64 bits, 2: 32 bits
    auto const message = fixed + Writer().number(3, 1).bytes(4, bytes({ 9 })).number(3, 1ull << 63).message();
    EXPECT_EQ(protobuf::find_number(message, 3), 1ull << 63);
    EXPECT_EQ(protobuf::find_bytes(message, 4)->size(), 1u);
    EXPECT_FALSE(protobuf::find_number(message, 4)) << "of another type";
    EXPECT_FALSE(protobuf::find_bytes(message, 5));
}

} // namespace farl::host
