#include "owner/rewrite/symbols.h"

#include "owner/rewrite/dynamic_section.h"

#include <algorithm>

namespace farl::owner {

namespace {

bool is_defined_here(Elf64_Sym const& symbol)
{
    auto const type = ELF64_ST_TYPE(symbol.st_info);
    return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && type != STT_TLS && type != STT_SECTION
        && type != STT_FILE;
}

void append_code_symbols(ElfImage const& image, std::span<std::byte const> table, std::vector<CodeSymbol>& symbols)
{
    ByteReader reader(table);
    while (reader.remaining() >= sizeof(Elf64_Sym)) {
        auto const symbol = reader.read<Elf64_Sym>();
        if (is_defined_here(symbol) && image.code_at(symbol.st_value))
            symbols.push_back({ symbol.st_value, symbol.st_size, ELF64_ST_TYPE(symbol.st_info) });
    }
}

// The count of the dynamic symbols that a DT_GNU_HASH table covers: the end of the chain that ends last.
size_t count_by_gnu_hash(ElfImage const& image, uint64_t address)
{
    ByteReader reader(image.bytes_from(address));
    auto const bucket_count = reader.read<uint32_t>();
    auto const first_hashed = reader.read<uint32_t>();
    auto const bloom_size = reader.read<uint32_t>();
    reader.read<uint32_t>();
    reader.take(size_t { bloom_size } * sizeof(uint64_t));
    uint32_t last = 0;
    for (uint32_t i = 0; i < bucket_count && reader.is_ok(); ++i)
        last = std::max(last, reader.read<uint32_t>());
    if (!reader.is_ok() || last < first_hashed)
        return first_hashed;
    reader.take(size_t { last - first_hashed } * sizeof(uint32_t));
    while (reader.is_ok() && !(reader.read<uint32_t>() & 1))
        ++last;
    return reader.is_ok() ? size_t { last } + 1 : 0;
}

size_t dynamic_symbol_count(ElfImage const& image, DynamicSection const& dynamic)
{
    if (auto const hash = dynamic.value(DT_HASH)) {
        ByteReader reader(image.bytes_from(*hash));
        reader.read<uint32_t>();
        return reader.read<uint32_t>();
    }
    if (auto const hash = dynamic.value(DT_GNU_HASH))
        return count_by_gnu_hash(image, *hash);
    return 0;
}

std::span<std::byte const> dynamic_symbol_table(ElfImage const& image)
{
    for (auto const& section : image.sections()) {
        if (section.header.sh_type == SHT_DYNSYM)
            return section.bytes;
    }
    DynamicSection const dynamic(image);
    auto const address = dynamic.value(DT_SYMTAB);
    if (!address)
        return {};
    return image.bytes_at(*address, dynamic_symbol_count(image, dynamic) * sizeof(Elf64_Sym));
}

} // namespace

std::vector<CodeSymbol> read_code_symbols(ElfImage const& image)
{
    std::vector<CodeSymbol> symbols;
    append_code_symbols(image, dynamic_symbol_table(image), symbols);
    for (auto const& section : image.sections()) {
        if (section.header.sh_type == SHT_SYMTAB)
            append_code_symbols(image, section.bytes, symbols);
    }
    return symbols;
}

std::vector<uint64_t> read_dynamic_symbol_values(ElfImage const& image)
{
    std::vector<uint64_t> values;
    ByteReader reader(dynamic_symbol_table(image));
    while (reader.remaining() >= sizeof(Elf64_Sym))
        values.push_back(reader.read<Elf64_Sym>().st_value);
    return values;
}

} // namespace farl::owner
