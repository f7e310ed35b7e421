#include "enclave/process/proc/files.h"
#include "enclave/process/process.h"

namespace farl::proc {

namespace {

void write_mapping(Text& text, AddressSpace const& memory, Mapping const& mapping)
{
    auto before = text.size();
    MappedIdentity identity;
    if (mapping.object)
        identity = mapping.object->identity();
    text.hex(mapping.start(), 8) << '-';
    text.hex(mapping.end(), 8) << ' ';
    text << (mapping.allows(kProtRead) ? 'r' : '-') << (mapping.allows(kProtWrite) ? 'w' : '-')
         << (mapping.allows(kProtExec) ? 'x' : '-') << (mapping.is_shared() ? 's' : 'p') << ' ';
    text.hex(mapping.object ? mapping.offset : 0, 8) << ' ';
    text.hex(identity.device_major, 2) << ':';
    text.hex(identity.device_minor, 2) << ' ' << identity.inode;
    if (auto name = memory.name_of(mapping); !name.empty()) {
        constexpr size_t kNameColumn = 73;
        auto written = text.size() - before;
        text.spaces(written < kNameColumn ? kNameColumn - written : 1) << name;
    }
    text << '\n';
}

void kilobytes(Text& text, std::string_view name, uint64_t bytes)
{
    text.left(name, 16).right(bytes / 1024, 8) << " kB\n";
}

void write_details(Text& text, Mapping const& mapping)
{
    auto size = mapping.range.size();
    auto resident = mapping.resident && mapping.protection ? size : 0;
    auto private_size = mapping.is_shared() ? 0 : resident;
    kilobytes(text, "Size:", size);
    kilobytes(text, "KernelPageSize:", kPageSize);
    kilobytes(text, "MMUPageSize:", kPageSize);
    kilobytes(text, "Rss:", resident);
    kilobytes(text, "Pss:", resident);
    kilobytes(text, "Shared_Clean:", 0);
    kilobytes(text, "Shared_Dirty:", resident - private_size);
    kilobytes(text, "Private_Clean:", 0);
    kilobytes(text, "Private_Dirty:", private_size);
    kilobytes(text, "Referenced:", resident);
    kilobytes(text, "Anonymous:", mapping.is_anonymous() ? resident : 0);
    kilobytes(text, "Swap:", 0);
    kilobytes(text, "Locked:", mapping.is(MappingFlags::Locked) ? size : 0);
    text << "VmFlags:" << (mapping.allows(kProtRead) ? " rd" : "") << (mapping.allows(kProtWrite) ? " wr" : "")
         << (mapping.allows(kProtExec) ? " ex" : "") << (mapping.is_shared() ? " sh" : "") << " mr mw me\n";
}

template <typename Write>
Result<> for_each_mapping(Write&& write)
{
    LockGuard guard(process().memory_lock);
    auto const& memory = *process().memory;
    for (auto const* mapping = memory.first(); mapping; mapping = AddressSpace::next(*mapping))
        write(memory, *mapping);
    return {};
}

// /proc/PID/mem: the offset is the address.
class MemoryFile final : public File {
public:
    explicit MemoryFile(uint32_t flags) : File(flags) { }
    bool has_positions() const override { return true; }

    Result<size_t> read_at(uint64_t address, Sink const& sink) override
    {
        return in_pieces(sink.size(), [&](size_t done, char* buffer, size_t count) -> Result<> {
            TRY(copy_from_user(buffer, address + done, count));
            return sink.copy_from(done, buffer, count);
        });
    }
    Result<size_t> write_at(uint64_t address, Source const& source) override
    {
        return in_pieces(source.size(), [&](size_t done, char* buffer, size_t count) -> Result<> {
            TRY(source.copy_to(done, buffer, count));
            return copy_to_user(address + done, buffer, count);
        });
    }
    Result<size_t> read(Sink const& sink) override
    {
        auto count = TRY(read_at(position_.load(), sink));
        position_ += count;
        return count;
    }
    Result<size_t> write(Source const& source) override
    {
        auto count = TRY(write_at(position_.load(), source));
        position_ += count;
        return count;
    }
    Result<uint64_t> seek(int64_t offset, int whence) override
    {
        if (whence != SEEK_SET && whence != SEEK_CUR)
            return Errno::Einval;
        position_ = static_cast<uint64_t>(offset) + (whence == SEEK_CUR ? position_.load() : 0);
        return position_.load();
    }
    Result<struct stat> status() override
    {
        struct stat status { };
        status.st_mode = S_IFREG | 0600;
        status.st_nlink = 1;
        return status;
    }

private:
    // What cannot be reached ends the transfer; EIO if that is its first byte.
    template <typename Copy>
    Result<size_t> in_pieces(size_t size, Copy&& copy)
    {
        char buffer[512];
        size_t done = 0;
        while (done < size) {
            auto count = size - done < sizeof(buffer) ? size - done : sizeof(buffer);
            if (copy(done, buffer, count).is_error())
                return done ? Result<size_t>(done) : Errno::Eio;
            done += count;
        }
        return done;
    }

    std::atomic<uint64_t> position_ { 0 };
};

} // namespace

Result<> maps(Node, Text& text)
{
    return for_each_mapping(
        [&](AddressSpace const& memory, Mapping const& mapping) { write_mapping(text, memory, mapping); });
}

Result<> detailed_maps(Node, Text& text)
{
    return for_each_mapping([&](AddressSpace const& memory, Mapping const& mapping) {
        write_mapping(text, memory, mapping);
        write_details(text, mapping);
    });
}

Result<Ref<File>> memory(Node, uint32_t flags)
{
    return Ref<File>(TRY(make_ref<MemoryFile>(flags & ~(O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC))));
}

} // namespace farl::proc
