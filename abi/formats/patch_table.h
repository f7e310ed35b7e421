// A patch table: how to replace the `syscall` instructions of one ELF file by jumps to stubs. Every byte is specified
// in docs/formats/patch-table.md. This is the reader; owner/rewrite writes, enclave/loader/patch.h applies.
// parse() checks all of it and allocates nothing; read only memory that the host cannot change (copy it inside first).
// A table that passes can still be wrong about the program, but each stub ends at the runtime's system-call entry.
#pragma once

#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace farl::patch {

inline constexpr uint64_t kPatchMagic = 0x484354504c524146; // "FARLPTCH"
inline constexpr uint32_t kPatchVersion = 1;
inline constexpr uint32_t kLargestSegmentCount = 256;
inline constexpr uint32_t kLargestSiteCount = 1 << 18;
inline constexpr uint64_t kAddressEnd = 1ull << 47;

inline constexpr size_t kJumpSize = 5; // jmp rel32: all that is written at a site
inline constexpr size_t kSyscallSize = 2;
inline constexpr size_t kLargestWindow = 24;
inline constexpr size_t kLargestStub = 52;
inline constexpr size_t kLargestFixupCount = 4;
inline constexpr uint32_t kStubAlignment = 16;

// lea disp32(%rip),%rcx; jmp *%gs:8. What runs instead of `syscall` (docs/formats/patch-table.md, "Stub").
inline constexpr size_t kLeaSize = 7;
inline constexpr size_t kLeaDisplacement = 3;
inline constexpr size_t kEntrySize = kLeaSize + 8;
// Before a return address in a stub, as before any other, there is a `syscall`: calls are restarted by going back to
// it.
inline constexpr size_t kReturnOffset = kEntrySize + kSyscallSize;

using Digest = std::array<uint8_t, 32>;

struct PatchHeader {
    uint64_t magic;
    uint32_t version;
    uint32_t segment_count;
    uint32_t site_count;
    uint32_t skipped_count;
    uint64_t file_size;
    uint32_t stub_area_size;
    uint32_t reserved;
    Digest content; // SHA-256 of the file
};
static_assert(sizeof(PatchHeader) == 72);

// The file bytes of an executable PT_LOAD.
struct CodeSegment {
    uint64_t file_offset;
    uint64_t vaddr;
    uint64_t size;
};
static_assert(sizeof(CodeSegment) == 24);

struct PatchSite {
    uint64_t window_vaddr;  // link-time address of the first instruction that moves
    uint32_t stub_offset;   // in the stub area
    uint8_t window_size;    // bytes of whole instructions that move, `syscall` among them
    uint8_t syscall_offset; // in the window; the instructions before it keep their sizes in the stub
    uint8_t stub_size;
    uint8_t fixup_count;
    uint8_t fixups[kLargestFixupCount]; // offsets of 32-bit displacements in the stub, ascending
    uint8_t original[kLargestWindow];
    uint8_t stub[kLargestStub]; // linked as if it began at window_vaddr

    uint64_t syscall_vaddr() const { return window_vaddr + syscall_offset; }
    uint64_t window_end() const { return window_vaddr + window_size; }
    // True if the system call returns to its own place in the text, which still holds the `syscall` before it;
    // false if into the stub.
    bool returns_to_text() const { return syscall_offset + kSyscallSize == window_size && syscall_offset >= kJumpSize; }
    // Where in the stub the call returns to, if not to the text.
    uint32_t return_position() const { return syscall_offset + static_cast<uint32_t>(kReturnOffset); }
    // The link-time address that an instruction of the stub stands for: what a debugger or a signal frame should show.
    uint64_t original_vaddr(uint32_t offset_in_stub) const;
    // The other way: where to go on, in the stub, for someone who sets RIP to an address inside the window.
    uint32_t stub_position(uint64_t vaddr) const;
};
static_assert(sizeof(PatchSite) == 96);

enum class SkipReason : uint32_t {
    SignalReturn = 1,   // libgcc recognises rt_sigreturn by its bytes
    BranchTarget = 2,   // every window holds an address that something jumps to
    NotRelocatable = 3, // every window holds an instruction that cannot move
    TooShort = 4,       // the stretch of code ends before five bytes
    Overlap = 5,        // another site's window is in the way
    Relocated = 6,      // the dynamic linker writes into every window
};

// A true `syscall` that stays, and so traps.
struct SkippedSite {
    uint64_t vaddr;
    SkipReason reason;
    uint32_t reserved;
};
static_assert(sizeof(SkippedSite) == 16);

class PatchTableView {
public:
    // EINVAL for anything that the format does not allow. The bytes must outlive the view; no alignment is needed.
    static Result<PatchTableView> parse(std::span<std::byte const> bytes);

    PatchHeader const& header() const { return header_; }
    uint32_t stub_area_size() const { return header_.stub_area_size; }
    uint32_t segment_count() const { return header_.segment_count; }
    uint32_t site_count() const { return header_.site_count; }
    uint32_t skipped_count() const { return header_.skipped_count; }
    CodeSegment segment(uint32_t index) const;
    PatchSite site(uint32_t index) const; // ascending by window_vaddr and by stub_offset
    SkippedSite skipped(uint32_t index) const;

    // The link-time address of a page-aligned file offset that is mapped executable. ENOENT if no code is there.
    Result<uint64_t> vaddr_of(uint64_t file_offset) const;
    // The site whose window, or whose stub, holds an address; ENOENT if none.
    Result<PatchSite> find(uint64_t vaddr) const;
    Result<PatchSite> find_stub(uint32_t offset_in_area) const;

private:
    PatchTableView() = default;
    Result<> check_segments() const;
    Result<> check_sites() const;
    Result<> check_skipped() const;
    bool is_code(uint64_t vaddr, uint64_t size) const;
    template <typename Record>
    Record record(size_t offset, uint32_t index, uint32_t count) const;
    template <typename Key>
    Result<PatchSite> last_site_from(uint64_t value, Key key) const;

    PatchHeader header_ {};
    std::span<std::byte const> bytes_;
};

// The checks of one site on its own: sizes, the syscall, the entry code, the fixups, zero padding.
bool is_well_formed(PatchSite const& site);

} // namespace farl::patch
