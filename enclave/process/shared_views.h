// Shared views: the resident parts of shared mappings of one object. An enclave page has one address, so views of the
// same bytes are copies, and this keeps them one memory: at any time a page of an object that some view may write is
// resident in no other view, a fault moves it through the object, and calls on the object's files go by the views.
// Lock order: memory_lock, then whatever an object locks. Nobody copies from or to the application with it held.
#pragma once

#include "enclave/process/process.h"

#include <optional>

namespace farl {

enum class Filling {
    NotOurs,   // no mapping, one that does not allow it, or nothing is absent
    Done,      // the page is there
    BeyondEnd, // of the object: SIGBUS
    Withheld,  // the host does not give the page
};

// A fault, or the need for a page: fills it, or accepts it as zero, and its neighbours where no other view has them.
// Takes memory_lock.
Filling fill_for_access(Process& process, uint64_t address, int protection);

// Contents of absent pages of objects in this range, as far as the objects reach. With memory_lock held.
Result<> fill_range(Process& process, AddressRange range);
// The views of these bytes but those in `kept` lose them, to the object, if either side may write. With memory_lock
// held.
Result<> take_from_other_views(Process& process, Mapping const& taker, AddressRange kept);
// What views hold of these bytes reaches the object. With memory_lock held.
Result<> store_views(Process& process, ObjectKey key, uint64_t offset, uint64_t size);

// What views hold of these bytes of the file, at an offset or at its own, reaches the file, for whoever reads it next.
Result<> store_views(Process& process, File& file, std::optional<uint64_t> offset, size_t size);

// read(2), write(2) and their relatives, with an offset or at the file's own, as the views of the file see them.
Result<size_t> read_file(Process& process, File& file, Sink const& sink, std::optional<uint64_t> offset);
Result<size_t> write_file(Process& process, File& file, Source const& source, std::optional<uint64_t> offset);
Result<> truncate_file(Process& process, File& file, uint64_t size);

// From now on there are pages of objects that are filled when they are used.
void expect_absent_pages(Process& process);
// Once there is a process: the runtime's copies find pages that nobody has used yet.
void bring_in_absent_pages();

} // namespace farl
