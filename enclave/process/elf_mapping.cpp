#include "enclave/process/elf_mapping.h"

#include "enclave/process/mapping.h"

namespace farl {

namespace {

class FileSource final : public ElfSource {
public:
    explicit FileSource(File& file, uint64_t size) : file_(file), size_(size) { }
    uint64_t size() const override { return size_; }
    Result<> read_at(uint64_t offset, std::span<std::byte> buffer) override
    {
        auto count = TRY(file_.read_at(offset, Sink::of(buffer.data(), buffer.size())));
        if (count < buffer.size())
            return Errno::Eio;
        return {};
    }

private:
    File& file_;
    uint64_t size_;
};

// Anonymous room for the whole span first, so that the segments of one file stay together.
Result<uint64_t> reserve_span(Process& process, ElfImage const& image, uint64_t wanted)
{
    bool fixed = !image.is_position_independent;
    MapRequest request { .address = fixed ? image.start : wanted,
        .size = image.span() + (image.alignment > kPageSize ? image.alignment : 0),
        .protection = kProtNone,
        .flags = kMapPrivate | kMapAnonymous | (fixed ? kMapFixedNoReplace : 0) };
    if (fixed)
        request.size = image.span();
    auto address = TRY(map_memory(process, request, nullptr));
    if (fixed)
        return 0;
    auto aligned = align_up(address, image.alignment);
    {
        LockGuard guard(process.memory_lock);
        if (aligned > address)
            TRY(process.memory->unmap(address, aligned - address));
        if (auto rest = address + request.size - (aligned + image.span()))
            TRY(process.memory->unmap(aligned + image.span(), rest));
    }
    return aligned - image.start;
}

// Zeroes what lies in the last file page behind the file's part, then maps whole zero pages for the rest.
Result<> map_zero_part(Process& process, ElfSegment const& segment, uint64_t bias)
{
    auto file_end = bias + segment.address + segment.file_size;
    auto memory_end = bias + segment.end();
    auto page_end = page_up(file_end);
    if (segment.protection & kProtWrite) {
        // To the end of the page, as Linux does: ld.so takes memory behind its own .bss for zero.
        if (segment.file_size && farl_zero_bytes(file_end, page_end - file_end) != 0)
            return Errno::Efault;
    }
    auto start = segment.file_size ? page_end : page_down(file_end);
    if (page_up(memory_end) <= start)
        return {};
    TRY(map_memory(process,
        { .address = start,
            .size = page_up(memory_end) - start,
            .protection = segment.protection,
            .flags = kMapPrivate | kMapAnonymous | kMapFixed },
        nullptr));
    return {};
}

Result<> map_segment(Process& process, File& file, ElfSegment const& segment, uint64_t bias)
{
    auto start = page_down(segment.address);
    if (segment.file_size) {
        TRY(map_memory(process,
            { .address = bias + start,
                .size = segment.address + segment.file_size - start,
                .protection = segment.protection,
                .flags = kMapPrivate | kMapFixed,
                .offset = page_down(segment.offset) },
            &file));
    }
    return map_zero_part(process, segment, bias);
}

} // namespace

ElfDefect inspect_elf(File& file, ElfImage& image)
{
    auto status = file.status();
    if (status.is_error())
        return ElfDefect::Unreadable;
    FileSource source(file, static_cast<uint64_t>(status.value().st_size));
    return parse_elf(source, image);
}

Result<LoadedElf> map_elf(Process& process, File& file, ElfImage image, uint64_t wanted)
{
    LoadedElf loaded { .image = std::move(image) };
    loaded.bias = TRY(reserve_span(process, loaded.image, wanted));
    for (auto const& segment : loaded.image.segments)
        TRY(map_segment(process, file, segment, loaded.bias));
    loaded.entry = loaded.image.entry + loaded.bias;
    loaded.program_headers = loaded.image.program_headers ? loaded.image.program_headers + loaded.bias : 0;
    loaded.end = loaded.image.end + loaded.bias;
    return loaded;
}

} // namespace farl
