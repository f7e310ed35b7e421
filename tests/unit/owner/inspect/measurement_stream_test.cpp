#include "owner/inspect/measurement_stream.h"

#include "abi/sgx/measurement.h"
#include "owner/signer/enclave_signer.h"
#include "tests/support/sgx_vectors.h"
#include "tests/unit/abi/sgx/elf_sample.h"

#include <gtest/gtest.h>

namespace farl::owner {

using sgx::PageType;
using sgx::SecInfo;

namespace {

constexpr uint64_t kSize = 1 << 20;
constexpr auto kReadWrite = SecInfo::regular(sgx::kPageRead | sgx::kPageWrite);

// A stream as records are added to it.
struct Stream {
    std::vector<std::byte> bytes;

    Stream() { append(sgx::measurement::ecreate(2, kSize)); }
    void append(std::span<std::byte const> more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
    Stream& page(uint64_t offset, SecInfo info, unsigned chunks = 16)
    {
        append(sgx::measurement::eadd(offset, info));
        for (unsigned i = 0; i < chunks; ++i) {
            append(sgx::measurement::eextend(offset + i * 256));
            bytes.resize(bytes.size() + 256, std::byte { 7 });
        }
        return *this;
    }
    Stream& unmeasured(uint64_t offset)
    {
        append(sgx::measurement::record({ 'U', 'N', 'M', 'E', 'A', 'S', 'R', 'D' }, offset));
        bytes.resize(bytes.size() + 256, std::byte { 9 });
        return *this;
    }
};

std::string defect_of(std::span<std::byte const> bytes)
{
    try {
        outline_of(bytes);
    } catch (StreamDefect const& defect) {
        return defect.what();
    }
    return "";
}

} // namespace

TEST(MeasurementStream, pages_that_are_alike_are_told_together)
{
    Stream stream;
    stream.page(0, kReadWrite).page(0x1000, kReadWrite).page(0x2000, kReadWrite, 0).page(0x8000, kReadWrite);
    stream.page(0x9000, SecInfo::tcs()).page(0xA000, SecInfo::tcs());
    auto const outline = outline_of(stream.bytes);
    EXPECT_EQ(outline.size, kSize);
    EXPECT_EQ(outline.ssa_frame_pages, 2u);
    EXPECT_EQ(outline.page_count(), 6u);
    EXPECT_EQ(outline.tcs_count(), 2u);
    ASSERT_EQ(outline.layout.size(), 5u);
    EXPECT_EQ(outline.layout[0], (PageGroup { 0, 2, PageType::Regular, 3, true }));
    EXPECT_EQ(outline.layout[1], (PageGroup { 0x2000, 1, PageType::Regular, 3, false }));
    EXPECT_EQ(outline.layout[2], (PageGroup { 0x8000, 1, PageType::Regular, 3, true }));
}

TEST(MeasurementStream, an_image_has_the_mrenclave_that_the_signer_measures)
{
    sgx::ElfSample const sample;
    auto const file = sample.bytes();
    auto const image = MUST(sgx::Image::parse(file));
    EXPECT_EQ(outline_of(measurement_stream(image)).mrenclave, MUST(measure(image)));
}

TEST(MeasurementStream, of_others_has_the_mrenclave_that_they_signed)
{
    auto const vector = sgx_vectors::load();
    if (!vector)
        GTEST_SKIP() << "no vectors in " FARL_TEST_VECTORS;
    EXPECT_EQ(outline_of(vector->stream).mrenclave, vector->signature.enclave_hash);
}

TEST(MeasurementStream, contents_that_are_not_measured_do_not_change_mrenclave)
{
    auto const without = outline_of(Stream().page(0, kReadWrite, 3).bytes);
    auto const with = outline_of(Stream().page(0, kReadWrite, 3).unmeasured(0xF00).bytes);
    EXPECT_EQ(with.mrenclave, without.mrenclave);
    EXPECT_FALSE(with.layout[0].is_measured);
}

TEST(MeasurementStream, a_defect_is_told_with_its_place)
{
    auto const sound = Stream().page(0, kReadWrite).bytes;
    EXPECT_EQ(defect_of(sound), "");
    EXPECT_EQ(defect_of({}), "the record at byte 0 is cut off");
    EXPECT_EQ(defect_of(std::span(sound).subspan(64)), "the record at byte 0 does not begin with ECREATE");
    EXPECT_EQ(defect_of(std::span(sound).first(sound.size() - 1)), "the record at byte 4928 is cut off");
    EXPECT_NE(defect_of(Stream().page(kSize, kReadWrite).bytes).find("outside of the enclave"), std::string::npos);
    EXPECT_NE(defect_of(Stream().page(0x10, kReadWrite).bytes).find("outside of the enclave"), std::string::npos);
    EXPECT_NE(defect_of(Stream().page(0, SecInfo::of(PageType::Trim, 0)).bytes).find("type"), std::string::npos);
    EXPECT_NE(defect_of(Stream().unmeasured(0).bytes).find("page before it"), std::string::npos);
    EXPECT_NE(
        defect_of(Stream().page(0, kReadWrite).unmeasured(0x1000).bytes).find("page before it"), std::string::npos);
    EXPECT_NE(defect_of(Stream().page(0, kReadWrite).unmeasured(0x10).bytes).find("page before it"), std::string::npos);
    auto spoiled = sound;
    spoiled[63] = std::byte { 1 };
    EXPECT_EQ(defect_of(spoiled), "the record at byte 0 is not zero at its end");
    spoiled = sound;
    spoiled[64] = std::byte { 'X' };
    EXPECT_NE(defect_of(spoiled).find("at byte 64 is none of"), std::string::npos);
}

} // namespace farl::owner
