#include "abi/sgx/image.h"
#include "tests/unit/abi/sgx/elf_sample.h"

#include <gtest/gtest.h>

namespace farl::sgx {

namespace {

std::vector<PageRun> runs_of(Image const& image)
{
    std::vector<PageRun> runs;
    EXPECT_TRUE(image.for_each_run([&](PageRun const& run) -> Result<> {
        runs.push_back(run);
        return {};
    }));
    return runs;
}

// What parse() says of the sample after `spoil`.
template <typename Spoil>
bool accepts(Spoil spoil)
{
    ElfSample sample;
    spoil(sample);
    auto const file = sample.bytes();
    auto image = Image::parse(file);
    EXPECT_TRUE(image.is_ok() || image.error() == Errno::Enoexec);
    return image.is_ok();
}

} // namespace

TEST(Image, segments_come_with_their_permissions_and_contents)
{
    auto const file = ElfSample().bytes();
    auto const image = MUST(Image::parse(file));
    auto const runs = runs_of(image);

    EXPECT_EQ(runs[1].range.address, ElfSample::kCode);
    EXPECT_EQ(runs[1].range.size, 0x1000u);
    EXPECT_EQ(runs[1].info.flags, SecInfo::regular(kPageRead | kPageExecute).flags);
    EXPECT_EQ(runs[1].contents.size(), 0x800u);

    EXPECT_EQ(runs[2].range.address, kRuntimeBase + 0x3000);
    EXPECT_EQ(runs[2].range.size, 0x3000u);
    EXPECT_EQ(runs[2].info.flags, SecInfo::regular(kPageRead | kPageWrite).flags);
    EXPECT_EQ(runs[2].contents.size(), 0x30u);
    EXPECT_EQ(runs[2].contents[0x2F], std::byte { 0x5A });
    EXPECT_TRUE(runs[2].is_measured);
}

TEST(Image, every_tcs_has_its_block)
{
    auto const file = ElfSample().bytes();
    auto const image = MUST(Image::parse(file));
    auto const runs = runs_of(image);
    ASSERT_EQ(runs.size(), 3 + 4 * kTcsCount);
    auto const* block = &runs[3 + 4 * 5];
    EXPECT_EQ(block[0].range.address, tcs_address(5));
    EXPECT_EQ(block[0].info.type(), PageType::Tcs);
    EXPECT_TRUE(block[0].is_measured);
    for (int i : { 1, 2, 3 }) {
        EXPECT_FALSE(block[i].is_measured);
        EXPECT_TRUE(block[i].contents.empty());
        EXPECT_EQ(block[i].info.flags, SecInfo::regular(kPageRead | kPageWrite).flags);
        EXPECT_LE(block[i].range.end(), tcs_address(6));
    }

    auto const tcs = image.tcs_at(tcs_address(5));
    EXPECT_EQ(tcs.ossa, block[1].range.address);
    EXPECT_EQ(tcs.nssa * kSsaFramePages * kPageSize, block[1].range.size);
    EXPECT_EQ(tcs.ogsbase, block[2].range.address);
    EXPECT_EQ(tcs.oentry, ElfSample::kCode + 8);
    EXPECT_EQ(tcs.flags, 0u);
}

TEST(Image, enclu_sites_are_found)
{
    auto const file = ElfSample().bytes();
    EXPECT_EQ(MUST(Image::parse(file)).enclu_sites(), std::vector<uint64_t> { ElfSample::kSite });
    EXPECT_TRUE(accepts([](ElfSample& sample) { sample.header.e_shnum = 0; }));
}

TEST(Image, enclu_sites_must_be_code_and_enclu)
{
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.sites[0] += 1; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.sites[0] = 0; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.sites[0] = INT32_MIN; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.sections[2].sh_size = 1 << 30; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_shstrndx = 9; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.sections[1].sh_offset = ~0ull; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.sections[2].sh_name = 1 << 20; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_shentsize = 1; }));
}

TEST(Image, what_is_no_fixed_address_x86_64_program_is_refused)
{
    EXPECT_TRUE(accepts([](ElfSample&) {}));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_ident[0] = 0; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_ident[EI_CLASS] = ELFCLASS32; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_ident[EI_DATA] = ELFDATA2MSB; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_type = ET_DYN; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_machine = EM_AARCH64; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_phoff = ~0ull; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_phentsize = 8; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_phnum = 0xFFFF; }));
}

TEST(Image, what_needs_a_loader_is_refused)
{
    for (Elf64_Word type : { PT_INTERP, PT_DYNAMIC, PT_TLS })
        EXPECT_FALSE(accepts([&](ElfSample& sample) { sample.programs[0].p_type = type; }));
}

TEST(Image, permissions_that_an_enclave_must_not_have_are_refused)
{
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[1].p_flags = PF_R | PF_W | PF_X; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_flags = PF_W; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[1].p_flags = PF_X; }));
}

TEST(Image, segments_stay_in_their_place_and_apart)
{
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_vaddr = 0x400010; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_memsz = kTcsAreaBase - kRuntimeBase; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_memsz = ~0ull; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_vaddr = ElfSample::kCode + 0x10; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_vaddr += 8; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { std::swap(sample.programs[1], sample.programs[2]); }));
}

TEST(Image, contents_lie_in_the_file)
{
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_filesz = 0x21; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_filesz = 0x2001; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[1].p_memsz = 0x700; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.programs[2].p_offset = ~0xFEFull; }));
}

TEST(Image, the_entry_is_code)
{
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_entry = ElfSample::kData; }));
    EXPECT_FALSE(accepts([](ElfSample& sample) { sample.header.e_entry = 0; }));
}

TEST(Image, any_byte_of_the_headers_may_lie)
{
    auto const file = ElfSample().bytes();
    size_t accepted = 0;
    for (size_t at = 0; at < 0x620; ++at) {
        for (int value : { 0x00, 0x01, 0x7F, 0x80, 0xFF }) {
            auto changed = file;
            changed[at] = static_cast<std::byte>(value);
            auto image = Image::parse(changed);
            if (image.is_error())
                continue;
            ++accepted;
            // Whatever it takes for an image must be one: contents in the file, pages in their place.
            for (auto const& run : runs_of(image.value())) {
                EXPECT_LE(run.contents.size(), run.range.size);
                EXPECT_GE(run.range.address, kRuntimeBase);
            }
        }
    }
    EXPECT_GT(accepted, 1000u);
}

TEST(Image, a_file_cut_anywhere_is_refused)
{
    auto const file = ElfSample().bytes();
    for (size_t size = 0; size < file.size(); ++size) {
        std::vector<std::byte> const cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
        EXPECT_TRUE(Image::parse(cut).is_error()) << size;
    }
}

} // namespace farl::sgx
