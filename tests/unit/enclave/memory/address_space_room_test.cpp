// Where a mapping without an address goes: the kernel's choices against an AddressSpace's. In a child process all that
// lies above a window is filled, so that the kernel's search from the top ends in the window. Without growing stacks:
// kernels before and after 6.1 differ in what they leave free near them.
#include "tests/unit/enclave/memory/address_space_fixture.h"
#include "tests/unit/enclave/memory/kernel_window.h"

#include <malloc.h>
#include <random>
#include <sys/wait.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace farl {

namespace {

constexpr AddressRange kWindow { KernelWindow::kStart, KernelWindow::kStart + (64ull << 20) };
constexpr uint64_t kHugePage = 2 << 20;

// Nothing of the child may call mmap any more: malloc is to live from what it has.
void keep_malloc_off_mmap()
{
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 1 << 20);
    void* volatile heap = malloc(16 << 20); // volatile: a compiler may leave out what is only allocated and freed
    free(heap);
}

void fill_above_the_window()
{
    static char text[1 << 16];
    auto maps = open("/proc/self/maps", O_RDONLY);
    size_t size = 0;
    for (ssize_t count; (count = read(maps, text + size, sizeof(text) - 1 - size)) > 0;)
        size += static_cast<size_t>(count);
    close(maps);
    auto last_end = kWindow.end;
    auto fill = [&](uint64_t end) {
        for (; last_end < end; last_end += std::min<uint64_t>(end - last_end, 1ull << 44))
            kernel_call(SYS_mmap, last_end, std::min<uint64_t>(end - last_end, 1ull << 44), PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    };
    for (char* line = text; *line; line = std::strchr(line, '\n') + 1) {
        uint64_t start, end;
        std::sscanf(line, "%lx-%lx", &start, &end);
        if (start < last_end || start >= 1ull << 47)
            continue;
        fill(start);
        last_end = end;
    }
    fill((1ull << 47) - kPageSize);
}

bool kernel_aligns_for_huge_pages()
{
    auto size = 2 * kHugePage;
    kernel_call(SYS_mmap, kWindow.end - kPageSize, kPageSize, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    auto address = kernel_call(SYS_mmap, 0, size, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    kernel_call(SYS_munmap, kWindow.start, kWindow.size());
    return address % static_cast<int64_t>(kHugePage) == 0;
}

class QuietBackend final : public PageBackend {
public:
    Result<> protect(AddressRange, int) override { return {}; }
    Result<> release(AddressRange) override { return {}; }
    Result<> discard(AddressRange) override { return {}; }
    Result<> move(AddressRange, uint64_t, int) override { return {}; }
};

// No allocation but by the address space, no gtest: a plain answer by exit status.
class RoomComparison {
public:
    explicit RoomComparison(unsigned seed) : random_(seed), aligns_(kernel_aligns_for_huge_pages()) { }

    int run(int steps)
    {
        while (steps-- > 0) {
            if (!step()) {
                std::fprintf(stderr, "%s: kernel %lx, ours %lx; size %lx hint %lx flags %x\n", what_, native_, ours_,
                    size_, hint_, static_cast<unsigned>(flags_));
                return 1;
            }
        }
        return placed_ > 500 ? 0 : 2;
    }

private:
    uint64_t pick(uint64_t count) { return random_() % count; }

    bool step()
    {
        switch (pick(6)) {
        case 0:
        case 1:
            return map_somewhere();
        case 2:
            return grow_and_move();
        default:
            return unmap_something();
        }
    }

    bool map_somewhere()
    {
        what_ = "mmap";
        moved_size_ = 0;
        bool huge = aligns_ && pick(8) == 0;
        size_ = huge ? (1 + pick(3)) * kHugePage : (1 + pick(pick(4) ? 20 : 500)) * kPageSize;
        hint_ = pick(3) ? 0 : kWindow.start + pick(kWindow.size());
        flags_ = kMapPrivate | kMapAnonymous;
        int protection = pick(2) ? kProtRead : kProtRead | kProtWrite;
        native_ = kernel_call(SYS_mmap, hint_, size_, protection, flags_ | kMapNoReserve, -1, 0);
        auto ours = space_.map({ .address = hint_, .size = size_, .protection = protection, .flags = flags_ });
        return agree(ours);
    }

    bool grow_and_move()
    {
        what_ = "mremap";
        auto const* mapping = some_mapping();
        if (!mapping)
            return true;
        hint_ = mapping->start();
        auto old_size = mapping->range.size();
        size_ = old_size + (1 + pick(30)) * kPageSize;
        if (size_ % kHugePage == 0) // kernels differ in what the alignment is relative to
            return true;
        moved_size_ = old_size;
        native_ = kernel_call(SYS_mremap, hint_, old_size, size_, MREMAP_MAYMOVE);
        if (native_ == -EFAULT) // a border that only the kernel has
            return true;
        return agree(space_.remap({ hint_, old_size, size_, kMremapMayMove }));
    }

    bool unmap_something()
    {
        what_ = "munmap";
        auto const* mapping = some_mapping();
        if (!mapping)
            return true;
        auto start = mapping->start() + pick(mapping->pages()) * kPageSize;
        auto size = std::min((1 + pick(60)) * kPageSize, kWindow.end - start);
        native_ = kernel_call(SYS_munmap, start, size);
        ours_ = 0;
        return native_ == 0 && space_.unmap(start, size);
    }

    Mapping const* some_mapping()
    {
        auto const* mapping = space_.first_ending_after(kWindow.start + pick(kWindow.size()));
        return mapping ? mapping : space_.first();
    }

    // Where the window has no room (or none to spare for alignment) the kernel goes below it: not compared, both
    // undone.
    bool agree(Result<uint64_t> const& ours)
    {
        ours_ = ours ? static_cast<int64_t>(ours.value()) : -static_cast<int64_t>(ours.error());
        if (native_ > 0 && native_ < static_cast<int64_t>(kWindow.start))
            return kernel_call(SYS_munmap, native_, size_) == 0 && undo(ours);
        ++placed_;
        return native_ == ours_;
    }

    bool undo(Result<uint64_t> const& ours)
    {
        if (ours)
            return space_.unmap(ours.value(), size_).is_ok();
        return moved_size_ == 0 || space_.unmap(hint_, moved_size_).is_ok();
    }

    std::mt19937 random_;
    bool aligns_;
    QuietBackend backend_;
    AddressSpace space_ { backend_, kWindow, kWindow.end };
    char const* what_ { "" };
    int64_t native_ { 0 };
    int64_t ours_ { 0 };
    uint64_t size_ { 0 };
    uint64_t hint_ { 0 };
    uint64_t moved_size_ { 0 };
    int flags_ { 0 };
    int placed_ { 0 };
};

int compare_in_child(unsigned seed)
{
    keep_malloc_off_mmap();
    fill_above_the_window();
    return RoomComparison(seed).run(4'000);
}

} // namespace

TEST(AddressSpaceRoom, the_kernel_chooses_the_same_addresses)
{
    for (unsigned seed = 1; seed <= 3; ++seed) {
        auto child = fork();
        if (child == 0)
            _exit(compare_in_child(seed));
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "seed " << seed << ", status " << status;
    }
}

} // namespace farl

#endif
