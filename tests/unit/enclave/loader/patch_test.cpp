#include "enclave/loader/patch.h"
#include "tests/unit/abi/formats/patch_samples.h"

#include <gtest/gtest.h>

namespace farl {

namespace {

using patch::kSampleStubs;
using patch::kSampleText;

constexpr uint64_t kBias = 0x5000'0000;
constexpr uint64_t kStubsAddress = kBias + 0x100'0000;
constexpr size_t kGuardSize = 64;
constexpr std::byte kGuard { 0xa5 };

// Memory with a guard on both sides, so that a stray write shows.
class Guarded {
public:
    explicit Guarded(std::vector<std::byte> const& contents)
        : size_(contents.size()),
          bytes_(contents.size() + 2 * kGuardSize, kGuard)
    {
        std::copy(contents.begin(), contents.end(), bytes_.begin() + kGuardSize);
    }
    std::span<std::byte> span() { return std::span(bytes_).subspan(kGuardSize, size_); }
    bool is_intact() const
    {
        auto const is_guard = [](std::byte byte) { return byte == kGuard; };
        return std::all_of(bytes_.begin(), bytes_.begin() + kGuardSize, is_guard)
            && std::all_of(bytes_.end() - kGuardSize, bytes_.end(), is_guard);
    }

private:
    size_t size_;
    std::vector<std::byte> bytes_;
};

struct Fixture {
    Guarded text { patch::sample_text() };
    Guarded stubs { std::vector<std::byte>(kSampleStubs) };

    PatchTarget target() { return { kBias, kBias + kSampleText, text.span(), kStubsAddress, stubs.span() }; }
    PatchCount apply(std::vector<std::byte> const& bytes, PatchTarget const& to)
    {
        return apply_patches(MUST(patch::PatchTableView::parse(bytes)), to);
    }
};

int32_t displacement_at(std::span<std::byte const> bytes, size_t offset)
{
    int32_t value;
    std::memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
}

uint64_t branch_target(std::span<std::byte const> bytes, uint64_t address, size_t displacement_offset)
{
    auto const displacement = displacement_at(bytes, displacement_offset);
    return address + displacement_offset + 4 + static_cast<uint64_t>(int64_t { displacement });
}

} // namespace

TEST(Patch, links_text_and_stubs_in_both_directions)
{
    Fixture fixture;
    auto const count = fixture.apply(patch::sample_table(), fixture.target());
    EXPECT_EQ(count.applied, 2u);

    auto const text = fixture.text.span();
    auto const stubs = fixture.stubs.span();
    EXPECT_EQ(text[0x10], std::byte { 0xe9 });
    EXPECT_EQ(branch_target(text, kBias + kSampleText, 0x11), kStubsAddress);
    EXPECT_EQ(text[0x15], std::byte { 0x0f }) << "a syscall beyond the jump stays";
    EXPECT_EQ(branch_target(stubs, kStubsAddress, 8), kBias + kSampleText + 0x17) << "return address";

    EXPECT_EQ(branch_target(text, kBias + kSampleText, 0x41), kStubsAddress + 32);
    EXPECT_EQ(branch_target(stubs, kStubsAddress, 32 + 3), kStubsAddress + 32 + 17) << "return into the stub";
    EXPECT_EQ(branch_target(stubs, kStubsAddress, 32 + 20), kBias + kSampleText + 0x49 + 0x100) << "moved operand";
    EXPECT_EQ(branch_target(stubs, kStubsAddress, 32 + 25), kBias + kSampleText + 0x49) << "jump back";
}

TEST(Patch, leaves_a_window_alone_whose_bytes_differ)
{
    Fixture fixture;
    fixture.text.span()[0x11] = std::byte { 40 };
    auto const before = std::vector(fixture.text.span().begin(), fixture.text.span().begin() + 0x20);
    auto const count = fixture.apply(patch::sample_table(), fixture.target());
    EXPECT_EQ(count.applied, 1u);
    EXPECT_EQ(count.mismatched, 1u);
    EXPECT_TRUE(std::equal(before.begin(), before.end(), fixture.text.span().begin()));
}

TEST(Patch, applies_only_windows_that_lie_wholly_in_the_text)
{
    Fixture fixture;
    auto target = fixture.target();
    target.text = target.text.first(0x48); // cuts the second window
    auto count = fixture.apply(patch::sample_table(), target);
    EXPECT_EQ(count.applied, 1u);
    EXPECT_EQ(count.outside, 1u);

    Fixture later;
    target = later.target();
    target.text = target.text.subspan(0x11); // cuts the first window
    target.text_address += 0x11;
    count = later.apply(patch::sample_table(), target);
    EXPECT_EQ(count.applied, 1u);
    EXPECT_EQ(count.outside, 1u);
}

TEST(Patch, needs_room_for_the_stub)
{
    Fixture fixture;
    auto target = fixture.target();
    target.stubs = target.stubs.first(32 + 28);
    auto const count = fixture.apply(patch::sample_table(), target);
    EXPECT_EQ(count.applied, 1u);
    EXPECT_EQ(count.outside, 1u);
    EXPECT_EQ(fixture.text.span()[0x40], std::byte { 0x0f });
}

TEST(Patch, refuses_stubs_out_of_reach)
{
    for (uint64_t distance : { 1ull << 31, 1ull << 40, ~0ull << 32, 1ull << 63 }) {
        Fixture fixture;
        auto target = fixture.target();
        target.stubs_address = kBias + kSampleText + 0x100 + distance;
        auto const count = fixture.apply(patch::sample_table(), target);
        EXPECT_EQ(count.unreachable, 2u) << distance;
        EXPECT_EQ(fixture.text.span()[0x10], std::byte { 0xb8 });
    }
}

TEST(Patch, stubs_may_lie_below_the_text)
{
    Fixture fixture;
    auto target = fixture.target();
    target.stubs_address = kBias - 0x1000'0000;
    EXPECT_EQ(fixture.apply(patch::sample_table(), target).applied, 2u);
    EXPECT_EQ(branch_target(fixture.text.span(), kBias + kSampleText, 0x11), target.stubs_address);
    EXPECT_EQ(branch_target(fixture.stubs.span(), target.stubs_address, 8), kBias + kSampleText + 0x17);
}

// Whatever survives parse() must stay within the spans and within the window and the stub of a site.
TEST(Patch, no_mutated_table_writes_outside_the_spans)
{
    auto const original = patch::sample_table();
    size_t parsed_count = 0;
    for (size_t at = 0; at < original.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            auto bytes = original;
            bytes[at] = static_cast<std::byte>(value);
            auto table = patch::PatchTableView::parse(bytes);
            if (table.is_error())
                continue;
            ++parsed_count;
            Fixture fixture;
            auto const count = apply_patches(table.value(), fixture.target());
            ASSERT_TRUE(fixture.text.is_intact() && fixture.stubs.is_intact()) << at << " " << value;
            ASSERT_EQ(count.applied + count.outside + count.mismatched + count.unreachable, table.value().site_count());
        }
    }
    EXPECT_GT(parsed_count, original.size()) << "the unmutated table parses once for each byte";
}

} // namespace farl
