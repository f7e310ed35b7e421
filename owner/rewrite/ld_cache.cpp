#include "owner/rewrite/ld_cache.h"

#include <array>

namespace farl::owner {

namespace {

constexpr std::string_view kOldMagic = "ld.so-1.7.0";
constexpr size_t kOldHeaderSize = 16;
constexpr size_t kOldEntrySize = 12;
constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
constexpr size_t kHeaderSize = 48;
constexpr uint32_t kX8664Libc6 = 0x0303;

struct Entry {
    uint32_t flags;
    uint32_t name;
    uint32_t path;
    uint32_t os_version;
    uint64_t hardware;
};
static_assert(sizeof(Entry) == 24);

bool begins_with(std::span<std::byte const> bytes, std::string_view text)
{
    return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// The new format may follow an index in the old one, 8-byte aligned.
std::span<std::byte const> skip_old_index(std::span<std::byte const> file)
{
    if (!begins_with(file, kOldMagic))
        return file;
    ByteReader reader(file);
    reader.seek(kOldHeaderSize - sizeof(uint32_t));
    auto const size = kOldHeaderSize + uint64_t { reader.read<uint32_t>() } * kOldEntrySize;
    auto const offset = (size + 7) & ~uint64_t { 7 };
    return offset <= file.size() ? file.subspan(offset) : std::span<std::byte const> {};
}

std::string text_at(std::span<std::byte const> bytes, uint32_t offset)
{
    ByteReader reader(bytes);
    reader.seek(offset);
    return std::string(reader.read_text());
}

} // namespace

std::multimap<std::string, std::string> read_ld_cache(std::span<std::byte const> file)
{
    std::multimap<std::string, std::string> libraries;
    auto const index = skip_old_index(file);
    if (!begins_with(index, kMagic))
        return libraries;
    ByteReader reader(index);
    reader.seek(kMagic.size());
    auto const count = reader.read<uint32_t>();
    reader.seek(kHeaderSize);
    for (uint32_t i = 0; i < count; ++i) {
        auto const entry = reader.read<Entry>();
        if (!reader.is_ok())
            break;
        if (entry.flags == kX8664Libc6)
            libraries.emplace(text_at(index, entry.name), text_at(index, entry.path));
    }
    return libraries;
}

} // namespace farl::owner
