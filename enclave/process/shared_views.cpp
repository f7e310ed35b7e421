#include "enclave/process/shared_views.h"

#include "enclave/hostcall/pages.h"

#include <algorithm>
#include <new>

namespace farl {

namespace {

constexpr uint64_t kFaultAround = 64 * 1024;

struct Bytes {
    uint64_t start;
    uint64_t end;
};

// The addresses where a mapping shows these bytes of its object.
AddressRange addresses_of(Mapping const& mapping, Bytes bytes)
{
    auto first = std::max(bytes.start, mapping.offset);
    auto last = std::min(bytes.end, mapping.offset + mapping.range.size());
    if (first >= last)
        return { mapping.start(), mapping.start() };
    return { mapping.start() + (first - mapping.offset), mapping.start() + (last - mapping.offset) };
}

Bytes bytes_of(Mapping const& mapping, AddressRange range)
{
    return { mapping.offset_of(range.start), mapping.offset_of(range.start) + range.size() };
}

bool shows(Mapping const& mapping, ObjectKey key, Bytes bytes)
{
    return mapping.object && mapping.resident && mapping.object->key() == key
        && !addresses_of(mapping, bytes).is_empty();
}

bool is_view(Mapping const& mapping, ObjectKey key, Bytes bytes)
{
    return key.inode && mapping.is_shared() && shows(mapping, key, bytes);
}

template <typename Wanted>
Mapping const* find_mapping(Process& process, Wanted&& wanted)
{
    auto const* mapping = process.memory->first();
    while (mapping && !wanted(*mapping))
        mapping = AddressSpace::next(*mapping);
    return mapping;
}

// Readable only before it is stored, so that no store to it is lost.
Result<> take_away(Process& process, Mapping const& view, AddressRange exact)
{
    AddressRange part { page_down(exact.start), page_up(exact.end) };
    if (view.allows(kProtWrite)) {
        auto stored = enclave_pages().protect(part, kProtRead);
        if (stored.is_ok())
            stored = view.object->write_back(view.offset_of(part.start), part.start, part.size());
        if (stored.is_error()) {
            TRY(enclave_pages().protect(part, view.protection));
            return stored;
        }
    }
    return process.memory->drop(part);
}

bool is_elsewhere(Process& process, Mapping const& mapping, AddressRange range)
{
    auto key = mapping.object->key();
    return mapping.is_shared() && process.memory->most_shared(key) > 1
        && find_mapping(process, [&](auto& other) { return is_view(other, key, bytes_of(mapping, range)); });
}

AddressRange around(Process& process, Mapping const& mapping, uint64_t address)
{
    auto start = align_down(address, kFaultAround);
    auto window = mapping.range.intersection({ start, start + kFaultAround });
    if (!is_elsewhere(process, mapping, window))
        return window;
    return { page_down(address), page_down(address) + kPageSize };
}

// Contents on their way into a mapping, as much as is read at a time. Used with memory_lock held.
struct alignas(kPageSize) FillingBuffer {
    std::byte bytes[kFaultAround];
};

FillingBuffer* filling_buffer()
{
    constinit static FillingBuffer* buffer = nullptr;
    if (!buffer)
        buffer = new (std::nothrow) FillingBuffer;
    return buffer;
}

// How far the object reached. Other threads may be waiting to use the pages: they appear with their contents.
Result<uint64_t> fill_pages(Mapping const& mapping, AddressRange range)
{
    auto* buffer = filling_buffer();
    if (!buffer)
        return Errno::Enomem;
    auto at = range.start;
    while (at < range.end) {
        auto size = std::min(range.end - at, kFaultAround);
        auto count = TRY(mapping.object->read(mapping.offset_of(at), reinterpret_cast<uint64_t>(buffer), size));
        AddressRange filled { at, at + page_up(count) };
        if (!filled.is_empty())
            TRY(enclave_pages().place(reinterpret_cast<uint64_t>(buffer), filled, mapping.protection));
        at = filled.end;
        if (count < size)
            break;
    }
    return at;
}

Result<bool> fill(Process& process, Mapping const& mapping, AddressRange range)
{
    if (mapping.is_shared())
        TRY(take_from_other_views(process, mapping, range));
    else
        TRY(store_views(process, mapping.object->key(), mapping.offset_of(range.start), range.size()));
    auto end = fill_pages(mapping, range);
    if (end.is_error()) {
        (void)enclave_pages().release(range);
        return end.error();
    }
    if (end.value() == range.start)
        return false;
    TRY(process.memory->set_resident({ range.start, end.value() }));
    return true;
}

// Pages that are zero, and some around them, are accepted where the mapping allows their use.
Filling accept_locked(Mapping const& mapping, uint64_t address, int protection)
{
    auto page = page_down(address);
    if (!mapping.resident || !mapping.allows(protection) || mapping.protection == kProtNone
        || enclave_pages().are_accepted({ page, page + kPageSize }))
        return Filling::NotOurs;
    auto start = align_down(address, kFaultAround);
    auto window = mapping.range.intersection({ start, start + kFaultAround });
    return enclave_pages().accept(window, mapping.protection).is_ok() ? Filling::Done : Filling::Withheld;
}

Filling fill_locked(Process& process, uint64_t address, int protection)
{
    auto const* mapping = process.memory->find(address);
    if (mapping && mapping->is_anonymous())
        return accept_locked(*mapping, address, protection);
    if (!mapping || !mapping->allows(protection))
        return Filling::NotOurs;
    if (mapping->resident) { // another thread was first, or left it less accessible in passing
        auto page = page_down(address);
        return enclave_pages().protect({ page, page + kPageSize }, mapping->protection).is_ok() ? Filling::Done
                                                                                                : Filling::NotOurs;
    }
    auto filled = fill(process, *mapping, around(process, *mapping, address));
    if (filled.is_error() || !filled.value())
        return Filling::BeyondEnd;
    // What was filled around it may end before it.
    auto const* now = process.memory->find(address);
    return now && now->resident ? Filling::Done : Filling::BeyondEnd;
}

class AbsentPagesOfProcess final : public AbsentPages {
public:
    void bring_in(uint64_t address, uint64_t size) override
    {
        AddressRange range { page_down(address), page_up(address + size) };
        if (enclave_pages().are_accepted(range)) [[likely]]
            return;
        auto& process = farl::process();
        LockGuard guard(process.memory_lock);
        while (!range.is_empty()) {
            auto const* mapping = process.memory->first_ending_after(range.start);
            if (!mapping || mapping->start() >= range.end)
                return;
            range.start = bring_in_part(process, *mapping, mapping->range.intersection(range));
        }
    }

private:
    // Where it got to: filling a page may change the mapping.
    static uint64_t bring_in_part(Process& process, Mapping const& mapping, AddressRange part)
    {
        if (mapping.is_anonymous() && mapping.resident && mapping.protection != kProtNone)
            (void)enclave_pages().accept(part, mapping.protection);
        if (mapping.is_anonymous() || mapping.resident)
            return part.end;
        (void)fill_locked(process, part.start, 0);
        return part.start + kPageSize;
    }
};

constinit AbsentPagesOfProcess absent_pages_of_process;

// What a write through the file changed. A view that nobody writes comes back by a fault.
Result<> refresh(Process& process, ObjectKey key, Bytes bytes)
{
    auto is_clean_view = [&](auto& mapping) { return is_view(mapping, key, bytes) && !mapping.allows(kProtWrite); };
    while (auto const* view = find_mapping(process, is_clean_view)) {
        auto part = addresses_of(*view, bytes);
        TRY(process.memory->drop({ page_down(part.start), page_up(part.end) }));
    }
    for (auto const* view = process.memory->first(); view; view = AddressSpace::next(*view)) {
        if (!is_view(*view, key, bytes))
            continue;
        auto part = addresses_of(*view, bytes);
        (void)TRY(view->object->read(view->offset_of(part.start), part.start, part.size()));
    }
    return {};
}

bool may_have_views(Process& process, File& file)
{
    auto key = file.object_key();
    return key.inode && process.memory->most_shared(key) > 0;
}

// Where the bytes went that a write has just written.
Result<uint64_t> start_of_written(File& file, std::optional<uint64_t> const& offset, size_t count)
{
    if (!offset)
        return TRY(file.seek(0, SEEK_CUR)) - count;
    if (file.status_flags() & O_APPEND)
        return static_cast<uint64_t>(TRY(file.status()).st_size) - count;
    return *offset;
}

Result<size_t> write_past_views(File& file, Source const& source, std::optional<uint64_t> const& offset)
{
    return offset ? file.write_at(*offset, source) : file.write(source);
}

Result<> refresh_written(Process& process, File& file, std::optional<uint64_t> const& offset, size_t count)
{
    auto start = TRY(start_of_written(file, offset, count));
    return refresh(process, file.object_key(), { start, start + count });
}

Result<size_t> write_piece(Process& process, File& file, Source const& source, std::optional<uint64_t> const& offset)
{
    LockGuard guard(process.memory_lock);
    auto count = TRY(write_past_views(file, source, offset));
    TRY(refresh_written(process, file, offset, count));
    return count;
}

// Of a file without views. One that comes meanwhile may have been filled with what was there before.
Result<size_t> write_unseen(Process& process, File& file, Source const& source, std::optional<uint64_t> offset)
{
    auto count = TRY(write_past_views(file, source, offset));
    if (!may_have_views(process, file)) [[likely]]
        return count;
    LockGuard guard(process.memory_lock);
    TRY(refresh_written(process, file, offset, count));
    return count;
}

} // namespace

Filling fill_for_access(Process& process, uint64_t address, int protection)
{
    LockGuard guard(process.memory_lock);
    return fill_locked(process, address, protection);
}

Result<> fill_range(Process& process, AddressRange range)
{
    for (auto at = range.start; at < range.end;) {
        auto const* mapping = process.memory->first_ending_after(at);
        if (!mapping || mapping->start() >= range.end)
            break;
        auto part = mapping->range.intersection({ at, range.end });
        at = part.end;
        if (mapping->object && !mapping->resident)
            (void)TRY(fill(process, *mapping, part));
    }
    return {};
}

Result<> take_from_other_views(Process& process, Mapping const& taker, AddressRange kept)
{
    auto key = taker.object->key();
    if (process.memory->most_shared(key) <= 1) // the taker itself
        return {};
    auto bytes = bytes_of(taker, kept);
    bool takes_all = taker.allows(kProtWrite);
    auto is_in_the_way = [&](auto& view) {
        return is_view(view, key, bytes) && (takes_all || view.allows(kProtWrite)) && !view.range.overlaps(kept);
    };
    while (auto const* view = find_mapping(process, is_in_the_way))
        TRY(take_away(process, *view, addresses_of(*view, bytes)));
    return {};
}

Result<> store_views(Process& process, ObjectKey key, uint64_t offset, uint64_t size)
{
    if (!process.memory->most_shared(key))
        return {};
    Bytes bytes { page_down(offset), page_up(offset + size) };
    for (auto const* view = process.memory->first(); view; view = AddressSpace::next(*view)) {
        if (!is_view(*view, key, bytes) || !view->allows(kProtWrite))
            continue;
        auto part = addresses_of(*view, bytes);
        TRY(view->object->write_back(view->offset_of(part.start), part.start, part.size()));
    }
    return {};
}

Result<> store_views(Process& process, File& file, std::optional<uint64_t> offset, size_t size)
{
    if (!may_have_views(process, file))
        return {};
    LockGuard guard(process.memory_lock);
    return store_views(process, file.object_key(), offset ? *offset : TRY(file.seek(0, SEEK_CUR)), size);
}

Result<size_t> read_file(Process& process, File& file, Sink const& sink, std::optional<uint64_t> offset)
{
    TRY(store_views(process, file, offset, sink.size()));
    return offset ? file.read_at(*offset, sink) : file.read(sink);
}

Result<size_t> write_file(Process& process, File& file, Source const& source, std::optional<uint64_t> offset)
{
    constexpr size_t kPiece = 256 * 1024;
    if (!may_have_views(process, file))
        return write_unseen(process, file, source, offset);
    Vector<char> buffer;
    TRY(buffer.resize(std::min(source.size(), kPiece)));
    size_t done = 0;
    do {
        auto size = source.accessible_size(done, std::min(source.size() - done, kPiece));
        if (!size && done < source.size())
            return done ? Result<size_t>(done) : Errno::Efault;
        TRY(source.copy_to(done, buffer.data(), size));
        auto at = offset ? std::optional(*offset + done) : std::nullopt;
        auto written = write_piece(process, file, Source::of(buffer.data(), size), at);
        if (written.is_error())
            return done ? Result<size_t>(done) : written.error();
        done += written.value();
        if (written.value() < size)
            break;
    } while (done < source.size());
    return done;
}

Result<> truncate_file(Process& process, File& file, uint64_t size)
{
    if (!file.object_key().inode)
        return file.truncate(size);
    LockGuard guard(process.memory_lock);
    TRY(file.truncate(size));
    Bytes gone { page_up(size), UINT64_MAX & ~(kPageSize - 1) };
    auto is_beyond = [&](auto& mapping) { return shows(mapping, file.object_key(), gone); };
    while (auto const* mapping = find_mapping(process, is_beyond))
        TRY(process.memory->drop(addresses_of(*mapping, gone)));
    // The rest of the last page reads as zero.
    return size % kPageSize ? refresh(process, file.object_key(), { size, page_up(size) }) : Result<> {};
}

void expect_absent_pages(Process& process) { process.has_absent_pages.store(true, std::memory_order_relaxed); }

void bring_in_absent_pages() { set_absent_pages(&absent_pages_of_process); }

} // namespace farl
