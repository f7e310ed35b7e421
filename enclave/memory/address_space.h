// AddressSpace: the application's mappings and the semantics of mmap(2), munmap, mprotect, mremap, brk, madvise, msync,
// mlock and mincore over one range of addresses. It keeps the books and calls the PageBackend; contents of mapped
// objects are the caller's business.
// Locking: external. The caller holds one lock over each call and for as long as it uses a Mapping.
// Order of work: everything that can fail is checked, and nodes are taken, before anything changes; a failing backend
// call leaves the books as if the pages had not been touched.
#pragma once

#include "base/owned.h"
#include "enclave/memory/mapping_tree.h"
#include "enclave/memory/page_backend.h"
#include "enclave/memory/shared_counts.h"
#include "enclave/memory/spare_mappings.h"

namespace farl {

struct MapRequest {
    uint64_t address { 0 }; // a hint, or the place with kMapFixed and kMapFixedNoReplace
    uint64_t size { 0 };
    int protection { 0 };        // kProt*
    int flags { 0 };             // kMap*
    Ref<MappedObject> object {}; // null: anonymous
    uint64_t offset { 0 };
    uint8_t maximum_protection { kProtRead | kProtWrite | kProtExec }; // no write for MAP_SHARED of a read-only file
    char const* label { nullptr };                                     // static text for /proc/self/maps
};

struct RemapRequest {
    uint64_t address { 0 };
    uint64_t old_size { 0 };
    uint64_t new_size { 0 };
    int flags { 0 }; // kMremap*
    uint64_t new_address { 0 };
};

struct AddressSpaceLimits {
    uint64_t committed_bytes { UINT64_MAX }; // private writable, neither NORESERVE nor a stack; and shared anonymous
    uint64_t total_bytes { UINT64_MAX };     // RLIMIT_AS
    uint64_t locked_bytes { UINT64_MAX };    // RLIMIT_MEMLOCK
    uint64_t data_bytes { UINT64_MAX };      // RLIMIT_DATA, for brk
    size_t mappings { 65530 };               // vm.max_map_count
};

struct AddressSpaceUsage {
    uint64_t committed_bytes { 0 };
    uint64_t total_bytes { 0 };
    uint64_t locked_bytes { 0 };
    size_t mappings { 0 };
};

class AddressSpace {
public:
    // Mappings lie in `bounds`; those without an address are placed downwards from `mmap_top`.
    AddressSpace(PageBackend& backend, AddressRange bounds, uint64_t mmap_top)
        : backend_(backend),
          bounds_(bounds),
          mmap_top_(mmap_top)
    {
    }
    // Gives the nodes back; the pages stay as they are.
    ~AddressSpace();
    AddressSpace(AddressSpace const&) = delete;
    AddressSpace& operator=(AddressSpace const&) = delete;

    void set_limits(AddressSpaceLimits limits) { limits_ = limits; }
    AddressSpaceLimits const& limits() const { return limits_; }
    AddressSpaceUsage usage() const { return usage_; }
    AddressRange bounds() const { return bounds_; }

    // mmap(2). Anonymous pages are accessible and zero when this returns. Pages of an object are not resident: the
    // caller fills them, protects them through the backend and calls set_resident(), at once or at the first fault.
    Result<uint64_t> map(MapRequest const& request);

    // munmap(2). The caller writes shared objects back before.
    Result<> unmap(uint64_t address, uint64_t size);

    // mprotect(2). As on Linux, what lies before a hole or a refused mapping has changed when an error is returned.
    Result<> protect(uint64_t address, uint64_t size, int protection);

    // mremap(2). New pages of an object are not resident. `old_size` 0 duplicates a shared mapping of an object;
    // without an object it is EINVAL, because enclave pages have one address.
    Result<uint64_t> remap(RemapRequest const& request);

    // brk(2): the new break, or the old one if it cannot be. start_brk() sets where the heap begins.
    void start_brk(uint64_t address);
    uint64_t brk(uint64_t wanted);
    AddressRange heap() const { return { brk_start_, brk_ }; }

    // madvise(2), as far as it changes mappings or contents; advice without effect here is only checked.
    Result<> advise(uint64_t address, uint64_t size, int advice);

    // mlock(2), mlock2(2) with MLOCK_ONFAULT, and munlock(2). Pages are always there; all that counts is the limit, and
    // that mlock fails over pages that cannot be touched.
    Result<> lock(uint64_t address, uint64_t size);
    Result<> lock_on_fault(uint64_t address, uint64_t size) { return set_locked(address, size, true); }
    Result<> unlock(uint64_t address, uint64_t size) { return set_locked(address, size, false); }

    // msync(2): write_back(mapping, range) -> Result<> is called for each shared object's part; holes give ENOMEM at
    // the end.
    template <typename WriteBack>
    Result<> sync(uint64_t address, uint64_t size, int flags, WriteBack&& write_back) const;

    // mincore(2) without its vector: each page is mapped, or ENOMEM.
    Result<> check_mincore(uint64_t address, uint64_t size) const;

    // A fault below a stack: extends the growing mapping above `address`, at most to `stack_limit` bytes.
    Result<> grow_stack(uint64_t address, uint64_t stack_limit);

    // The pages of this range hold their object's contents now, with the mapping's protection.
    Result<> set_resident(AddressRange range);

    // The contents of these pages of objects go; a fault fills them again.
    Result<> drop(AddressRange range);

    Mapping const* find(uint64_t address) const;
    Mapping const* first_ending_after(uint64_t address) const { return tree_.first_ending_after(address); }
    Mapping const* first() const { return tree_.first(); }
    // No more shared mappings than that show the object. Needs no lock.
    uint32_t most_shared(ObjectKey key) const { return shared_counts_.at_most(key); }
    static Mapping const* next(Mapping const& mapping) { return MappingTree::next(mapping); }
    // What /proc/self/maps writes in its last column.
    std::string_view name_of(Mapping const& mapping) const;

    // Every page of the range is mapped with at least this protection.
    bool is_accessible(AddressRange range, int protection) const;

    // Free room of this size, as mmap with address 0 would choose it.
    Result<uint64_t> find_room(uint64_t size, int flags = 0) const;

    // Panics if an invariant does not hold: for tests.
    void verify() const;

private:
    struct Change;     // what protect() is about to do
    struct Placement { // what get_unmapped_area() is asked
        uint64_t hint;
        uint64_t size;
        uint64_t offset;
        bool is_anonymous;
        int flags;
    };

    // address_space_place.cpp
    Result<AddressRange> place(MapRequest const& request) const;
    Result<uint64_t> place_fixed(uint64_t address, uint64_t size) const;
    Result<uint64_t> place_free(Placement const& wanted) const;
    Result<uint64_t> top_down(uint64_t size) const;
    Result<uint64_t> top_down_aligned(uint64_t size, uint64_t offset) const;
    bool is_free_with_guards(AddressRange range) const;

    // address_space.cpp
    Result<> check_limits(Mapping const& added) const;
    Result<> unmap_range(AddressRange range);
    Result<AddressRange> checked_range(uint64_t address, uint64_t size) const;
    AddressRange resident_span(AddressRange range) const;

    // address_space_nodes.cpp: nodes in and out, splits, merges, and what they count
    void insert(Mapping& mapping);
    void remove(Mapping& mapping);
    void discard(Mapping& mapping);
    void account(Mapping const& mapping, int64_t sign);
    void count_shared(Mapping const& mapping, int by);
    void isolate(AddressRange range);
    void split_at(uint64_t address);
    void merge_around(AddressRange range);
    Mapping& merge_with_next(Mapping& mapping);
    static bool can_merge(Mapping const& a, Mapping const& b);
    static bool are_alike(Mapping const& a, Mapping const& b);
    bool may_commit(uint64_t bytes) const;
    uint64_t mapped_bytes(AddressRange range) const;
    uint64_t flagged_bytes(AddressRange range, MappingFlags flag) const;
    static bool exceeds(uint64_t used, uint64_t added, uint64_t limit)
    {
        return added > 0 && (used > limit || added > limit - used);
    }
    // The current mapping may be removed by the body.
    template <typename Function>
    void for_each_in(AddressRange range, Function&& function) const;

    // address_space_protect.cpp
    Result<uint64_t> start_of_growing(AddressRange range, int growth) const;
    Change plan_protection(AddressRange range, int protection) const;
    Result<> apply_to_pages(AddressRange range, int protection);
    void restore_pages(AddressRange range);
    void apply_to_books(AddressRange range, int protection);

    // address_space_remap.cpp
    Result<uint64_t> remap_in_place(RemapRequest const& request, Mapping const& mapping);
    Result<uint64_t> remap_to(RemapRequest request, Mapping const& mapping);
    Result<> check_remap_target(RemapRequest const& request) const;
    Result<> check_remap_source(RemapRequest const& request, Mapping const& mapping) const;
    Result<> check_remap_limits(RemapRequest const& request, Mapping const& mapping) const;
    bool can_grow_in_place(RemapRequest const& request, Mapping const& mapping) const;
    uint64_t logical_end(Mapping const& mapping) const;
    Result<uint64_t> room_for(RemapRequest const& request, Mapping const& mapping, uint64_t hint) const;

    // address_space_move.cpp
    Result<uint64_t> move_mapping(RemapRequest const& request, Mapping const& source, uint64_t target);
    Result<> move_pages(AddressRange source, uint64_t target);
    void move_books(AddressRange source, uint64_t target);
    Result<> add_pages(Mapping const& described);

    // address_space_advise.cpp
    Result<> set_locked(uint64_t address, uint64_t size, bool locked);
    Result<> apply_advice(AddressRange range, int advice);
    Result<> change_flags(AddressRange range, MappingFlags added, MappingFlags removed);
    Result<> drop_contents(AddressRange range, bool even_locked);
    Result<> drop_pages(Mapping& mapping);
    Result<> remove_contents(AddressRange range);
    Result<> check_mapped(AddressRange range) const;
    uint64_t contiguous_end(AddressRange range) const;
    static Result<AddressRange> checked_sync_range(uint64_t address, uint64_t size, int flags);

    // address_space_grow.cpp
    Result<> grow_brk(AddressRange added);

    PageBackend& backend_;
    AddressRange bounds_;
    uint64_t mmap_top_;
    MappingTree tree_;
    SharedCounts shared_counts_;
    SpareMappings spares_;
    AddressSpaceLimits limits_;
    AddressSpaceUsage usage_;
    uint64_t brk_start_ { 0 };
    uint64_t brk_ { 0 };
};

template <typename Function>
void AddressSpace::for_each_in(AddressRange range, Function&& function) const
{
    auto* mapping = tree_.first_ending_after(range.start);
    while (mapping && mapping->start() < range.end) {
        auto* following = tree_.next(*mapping);
        function(*mapping);
        mapping = following;
    }
}

template <typename WriteBack>
Result<> AddressSpace::sync(uint64_t address, uint64_t size, int flags, WriteBack&& write_back) const
{
    auto range = TRY(checked_sync_range(address, size, flags));
    for (auto const* mapping = tree_.first_ending_after(range.start); mapping && mapping->start() < range.end;
         mapping = next(*mapping)) {
        if ((flags & kMsyncInvalidate) && mapping->is(MappingFlags::Locked))
            return Errno::Ebusy;
        if (mapping->is_shared() && mapping->object && mapping->resident)
            TRY(write_back(*mapping, mapping->range.intersection(range)));
    }
    return check_mapped(range);
}

} // namespace farl
