// Random sequences of calls, done by the kernel in a window of this process and by an AddressSpace: answers, errno
// values and the attributes of every page must agree. Borders between mappings with equal attributes are not compared:
// the kernel's depend on which pages were touched.
#include "tests/unit/enclave/memory/address_space_fixture.h"
#include "tests/unit/enclave/memory/kernel_window.h"

#include <random>
#include <sstream>

namespace farl {

namespace {

class KernelComparison {
public:
    // Addresses are multiples of `unit` pages, so that large windows (for guard gaps) stay dense.
    KernelComparison(unsigned seed, uint64_t unit, bool with_stacks)
        : random_(seed),
          unit_(unit),
          with_stacks_(with_stacks),
          window_(kUnits * unit * kPageSize)
    {
        file_ = MUST(make_ref<FakeObject>());
        read_only_file_ = MUST(make_ref<FakeObject>());
    }

    // False when something differs; the failure says what.
    bool step()
    {
        description_.str("");
        switch (pick(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
            do_mmap();
            break;
        case 4:
        case 5:
            do_munmap();
            break;
        case 6:
        case 7:
            do_mprotect();
            break;
        case 8:
        case 9:
            do_mremap();
            break;
        case 10:
            do_madvise();
            break;
        default:
            do_other();
        }
        space.verify();
        compare_pages();
        return !testing::Test::HasFailure();
    }

    uint64_t succeeded { 0 };
    uint64_t failed { 0 };
    FakeBackend backend;
    AddressSpace space { backend, { 0x1'0000, (1ull << 47) - kPageSize }, 0x7000'0000'0000 };

private:
    static constexpr uint64_t kUnits = 40;

    uint64_t pick(uint64_t count) { return random_() % count; }
    bool one_in(uint64_t count) { return pick(count) == 0; }
    uint64_t some_address()
    {
        auto address = window_.range().start + pick(kUnits) * unit_ * kPageSize;
        return one_in(40) ? address + 1 + pick(4095) : address;
    }
    // At times 0, unaligned, or absurd; at other times it ends inside of the window.
    uint64_t some_size(uint64_t address)
    {
        if (one_in(50))
            return pick(2) ? 0 : ~0ull - pick(3) * 4096;
        auto room = (window_.range().end - page_down(address)) / kPageSize / unit_;
        auto size = (1 + pick(std::min<uint64_t>(room, one_in(6) ? 40 : 8))) * unit_ * kPageSize;
        return one_in(10) ? size - pick(4095) : size;
    }

    template <typename... Parts>
    void describe(Parts const&... parts)
    {
        description_ << std::hex;
        ((description_ << parts << ' '), ...);
    }

    static int64_t encode(Result<uint64_t> result)
    {
        return result ? static_cast<int64_t>(result.value()) : -static_cast<int64_t>(result.error());
    }
    static int64_t encode(Result<> result) { return result ? 0 : -static_cast<int64_t>(result.error()); }
    void compare(int64_t native, int64_t ours)
    {
        (native < 0 && native > -4096 ? failed : succeeded) += 1;
        EXPECT_EQ(native, ours) << description_.str();
    }
    // Where neither had to use a certain address, it only matters that both went outside; the new mapping goes.
    void compare_address(int64_t native, int64_t ours, uint64_t size)
    {
        bool outside = native > 0 && !window_.range().contains(static_cast<uint64_t>(native));
        if (!outside)
            return compare(native, ours);
        ++succeeded;
        ASSERT_TRUE(ours > 0 && !window_.range().contains(static_cast<uint64_t>(ours))) << description_.str() << ours;
        ASSERT_EQ(kernel_call(SYS_munmap, native, size), 0);
        ASSERT_TRUE(space.unmap(static_cast<uint64_t>(ours), size));
    }

    void do_mmap();
    void do_munmap()
    {
        auto address = some_address();
        auto size = some_size(address);
        describe("munmap", address, size);
        compare(kernel_call(SYS_munmap, address, size), encode(space.unmap(address, size)));
    }
    void do_mprotect()
    {
        auto address = some_address();
        auto size = some_size(address);
        auto protection = static_cast<int>(one_in(40) ? 16 : pick(8));
        if (with_stacks_ && one_in(6))
            protection |= kProtGrowsDown;
        describe("mprotect", address, size, protection);
        compare(kernel_call(SYS_mprotect, address, size, protection), encode(space.protect(address, size, protection)));
    }
    void do_mremap();
    // The kernel may have a border in here that nobody sees.
    bool looks_uniform(AddressRange range) const
    {
        auto const* first = space.find(range.start);
        for (auto const* mapping = first; mapping->end() < range.end;) {
            auto const* next = AddressSpace::next(*mapping);
            if (!next || next->start() != mapping->end() || next->protection != first->protection
                || next->is_shared() != first->is_shared() || next->object != first->object)
                return false;
            mapping = next;
        }
        return true;
    }
    bool depends_on_kernel_version(RemapRequest const& request) const;
    void do_madvise()
    {
        constexpr int kAdvice[] = { kMadvNormal, kMadvWillNeed, kMadvDontNeed, kMadvFree, kMadvDontFork, kMadvDoFork,
            kMadvWipeOnFork, kMadvKeepOnFork, kMadvDontDump, kMadvDoDump, 5, 77 };
        auto address = some_address();
        auto size = some_size(address);
        auto advice = kAdvice[pick(std::size(kAdvice))];
        describe("madvise", address, size, advice);
        compare(kernel_call(SYS_madvise, address, size, advice), encode(space.advise(address, size, advice)));
    }
    void do_other();
    void compare_pages();
    void compare_backend(uint64_t page, Mapping const& mapping);

    std::mt19937 random_;
    uint64_t unit_;
    bool with_stacks_;
    KernelWindow window_;
    Ref<MappedObject> file_;
    Ref<MappedObject> read_only_file_;
    std::ostringstream description_;
};

void KernelComparison::do_mmap()
{
    MapRequest request { .address = some_address(), .protection = static_cast<int>(pick(8)) };
    request.size = some_size(request.address);
    constexpr int kTypes[] = { kMapPrivate, kMapPrivate, kMapPrivate, kMapShared, kMapSharedValidate, 0 };
    request.flags = kTypes[one_in(20) ? pick(6) : pick(4)];
    constexpr int kFixed[] = { kMapFixed, kMapFixed, kMapFixedNoReplace, 0 };
    request.flags |= kFixed[pick(4)];
    request.flags |= one_in(5) ? kMapNoReserve : 0;
    request.flags |= one_in(5) ? kMapStack : 0;
    request.flags |= with_stacks_ && one_in(3) ? kMapGrowsDown : 0;

    int file = -1;
    if (one_in(3)) {
        request.offset = pick(64) * kPageSize;
        bool read_only = one_in(3);
        request.object = read_only ? read_only_file_ : file_;
        file = read_only ? window_.read_only_file() : window_.memory_file();
        bool shared = (request.flags & kMapTypeMask) != kMapPrivate;
        if (read_only && shared) {
            request.protection &= ~kProtWrite; // the file's own check, not the address space's
            request.maximum_protection = kProtRead | kProtExec;
        }
    } else {
        request.flags |= kMapAnonymous;
    }
    describe("mmap", request.address, request.size, request.protection, request.flags, file);
    auto native =
        kernel_call(SYS_mmap, request.address, request.size, request.protection, request.flags, file, request.offset);
    compare_address(native, encode(space.map(request)), request.size);
}

// Where kernels differ among themselves (mremap over several mappings, order of checks), or lose the target although
// they refuse (an absurd old size); and one case that the address space documents as refused: duplicates of shared
// anonymous memory.
bool KernelComparison::depends_on_kernel_version(RemapRequest const& request) const
{
    auto const* mapping = space.find(request.address);
    bool has_target = request.flags & (kMremapFixed | kMremapDontUnmap);
    if (mapping && page_up(request.old_size) == 0)
        return mapping->is_shared() && !mapping->object;
    if (!mapping || request.old_size > window_.range().size())
        return has_target;
    auto moved =
        has_target ? std::min(page_up(request.old_size), page_up(request.new_size)) : page_up(request.old_size);
    AddressRange source { request.address, request.address + moved };
    for (auto const& kernel_mapping : window_.mappings()) {
        if (kernel_mapping.range.contains(request.address))
            return !kernel_mapping.range.contains(source) && (has_target || looks_uniform(source));
    }
    return false;
}

void KernelComparison::do_mremap()
{
    RemapRequest request { .address = some_address() };
    request.old_size = some_size(request.address);
    request.new_address = some_address();
    request.new_size = one_in(3) ? request.old_size : some_size(request.new_address);
    constexpr int kFlags[] = { 0, kMremapMayMove, kMremapMayMove | kMremapFixed, kMremapMayMove | kMremapFixed,
        kMremapMayMove | kMremapDontUnmap, kMremapMayMove | kMremapFixed | kMremapDontUnmap, kMremapFixed, 8 };
    request.flags = kFlags[one_in(20) ? pick(8) : pick(6)];
    bool fits = request.new_size <= window_.range().end - std::max(request.address, request.new_address);
    if (!fits || depends_on_kernel_version(request))
        return;
    describe("mremap", request.address, request.old_size, request.new_size, request.flags, request.new_address);
    auto native = kernel_call(
        SYS_mremap, request.address, request.old_size, request.new_size, request.flags, request.new_address);
    compare_address(native, encode(space.remap(request)), request.new_size);
}

void KernelComparison::do_other()
{
    auto address = some_address();
    auto size = some_size(address);
    switch (pick(4)) {
    case 0: {
        auto flags = static_cast<int>(pick(9));
        describe("msync", address, size, flags);
        auto nothing = [](Mapping const&, AddressRange) -> Result<> { return {}; };
        compare(kernel_call(SYS_msync, address, size, flags), encode(space.sync(address, size, flags, nothing)));
        break;
    }
    case 1: {
        if (size > window_.range().size())
            return;
        std::vector<unsigned char> pages(size / kPageSize + 1);
        describe("mincore", address, size);
        compare(kernel_call(SYS_mincore, address, size, pages.data()), encode(space.check_mincore(address, size)));
        break;
    }
    case 2:
        if (size > window_.range().size())
            return; // the limit on locked memory comes first, and depends on who runs the test
        describe("mlock2", address, size);
        compare(kernel_call(SYS_mlock2, address, size, 1), encode(space.lock_on_fault(address, size)));
        break;
    default:
        describe("munlock", address, size);
        compare(kernel_call(SYS_munlock, address, size), encode(space.unlock(address, size)));
    }
}

std::string permissions_of(Mapping const& mapping)
{
    std::string text { mapping.allows(kProtRead) ? "r" : "-" };
    text += mapping.allows(kProtWrite) ? "w" : "-";
    text += mapping.allows(kProtExec) ? "x" : "-";
    return text + (mapping.is_shared() ? "s" : "p");
}

// Each page of the kernel's mappings against ours, and the number of mapped pages; then our backend against our books.
void KernelComparison::compare_pages()
{
    uint64_t mapped = 0;
    for (auto const& native : window_.mappings()) {
        mapped += native.range.size();
        for (auto page = native.range.start; page < native.range.end; page += kPageSize) {
            auto const* ours = space.find(page);
            ASSERT_TRUE(ours) << description_.str() << "lost page " << page;
            ASSERT_EQ(permissions_of(*ours), native.permissions) << description_.str() << page;
            ASSERT_EQ(!ours->is_anonymous(), native.is_file) << description_.str() << page;
            auto native_offset = native.offset + (page - native.range.start);
            ASSERT_EQ(native.is_file ? ours->offset_of(page) : native_offset, native_offset)
                << description_.str() << page;
            compare_backend(page, *ours);
        }
    }
    ASSERT_EQ(mapped, space.usage().total_bytes) << description_.str();
    for (auto const& [page, state] : backend.pages)
        ASSERT_TRUE(space.find(page)) << description_.str() << "leaked page " << page;
}

// An anonymous page that was ever accessible is the backend's, with the mapping's protection.
void KernelComparison::compare_backend(uint64_t page, Mapping const& mapping)
{
    auto found = backend.pages.find(page);
    auto held = found == backend.pages.end() ? kProtNone : found->second.protection;
    auto expected = mapping.is_anonymous() ? mapping.protection : kProtNone;
    ASSERT_EQ(held, expected) << description_.str() << page;
}

void run(unsigned seed, uint64_t unit, bool with_stacks, int steps)
{
    KernelComparison comparison(seed, unit, with_stacks);
    for (int i = 0; i < steps; ++i)
        ASSERT_TRUE(comparison.step()) << "seed " << seed << ", step " << i;
    EXPECT_GT(comparison.succeeded, static_cast<uint64_t>(steps) / 3);
    EXPECT_GT(comparison.failed, static_cast<uint64_t>(steps) / 20);
}

} // namespace

TEST(AddressSpaceAgainstKernel, random_calls_agree)
{
    for (unsigned seed = 1; seed <= 4; ++seed)
        run(seed, 1, false, 5'000);
}

TEST(AddressSpaceAgainstKernel, random_calls_agree_where_stacks_keep_gaps) { run(11, 64, true, 2'000); }

} // namespace farl
