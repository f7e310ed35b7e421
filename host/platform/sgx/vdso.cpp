#include "host/platform/sgx/vdso.h"

#include "abi/sgx/enclu.h"

#include <algorithm>
#include <cstring>
#include <elf.h>

namespace farl::host {

namespace {

constexpr std::string_view kEntryName = "__vdso_sgx_enter_enclave";
constexpr uint64_t kLongestSymbolTable = 4096; // entries

using Image = std::span<std::byte const>;

template <typename T>
std::optional<T> read_at(Image image, uint64_t offset)
{
    if (offset > image.size() || image.size() - offset < sizeof(T))
        return {};
    T value;
    std::memcpy(&value, image.data() + offset, sizeof(T));
    return value;
}

// What the dynamic section tells. Addresses are relative to the first segment's, as in the file: the vDSO is not
// relocated.
struct Tables {
    uint64_t symbols { 0 };
    uint64_t strings { 0 };
    uint64_t string_size { 0 };
};

std::optional<Elf64_Phdr> find_segment(Image image, Elf64_Ehdr const& header, Elf64_Word type)
{
    for (uint64_t i = 0; i < header.e_phnum; ++i) {
        auto segment = read_at<Elf64_Phdr>(image, header.e_phoff + i * sizeof(Elf64_Phdr));
        if (!segment)
            return {};
        if (segment->p_type == type)
            return segment;
    }
    return {};
}

Tables read_tables(Image image, Elf64_Phdr const& dynamic, uint64_t base)
{
    Tables tables;
    for (uint64_t offset = 0; offset + sizeof(Elf64_Dyn) <= dynamic.p_memsz; offset += sizeof(Elf64_Dyn)) {
        auto entry = read_at<Elf64_Dyn>(image, dynamic.p_vaddr - base + offset);
        if (!entry || entry->d_tag == DT_NULL)
            break;
        if (entry->d_tag == DT_SYMTAB)
            tables.symbols = entry->d_un.d_ptr - base;
        if (entry->d_tag == DT_STRTAB)
            tables.strings = entry->d_un.d_ptr - base;
        if (entry->d_tag == DT_STRSZ)
            tables.string_size = entry->d_un.d_val;
    }
    return tables;
}

bool is_named(Image image, Tables const& tables, Elf64_Sym const& symbol, std::string_view name)
{
    auto const end = symbol.st_name + name.size() + 1; // with its NUL
    if (end > tables.string_size || tables.strings > image.size() || end > image.size() - tables.strings)
        return false;
    return !std::memcmp(image.data() + tables.strings + symbol.st_name, name.data(), name.size())
        && image[tables.strings + end - 1] == std::byte {};
}

} // namespace

std::optional<VdsoSymbol> find_vdso_function(Image image, std::string_view name)
{
    auto const header = read_at<Elf64_Ehdr>(image, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64
        || header->e_phentsize != sizeof(Elf64_Phdr))
        return {};
    auto const first = find_segment(image, *header, PT_LOAD);
    auto const dynamic = find_segment(image, *header, PT_DYNAMIC);
    if (!first || !dynamic)
        return {};
    auto const base = first->p_vaddr - first->p_offset;
    auto const loaded = image.first(std::min<uint64_t>(image.size(), first->p_offset + first->p_memsz));
    auto const tables = read_tables(loaded, *dynamic, base);
    // The symbol table has no size of its own; in a vDSO the string table follows it.
    for (uint64_t i = 1; i < kLongestSymbolTable; ++i) {
        auto const offset = tables.symbols + i * sizeof(Elf64_Sym);
        auto const symbol = read_at<Elf64_Sym>(loaded, offset);
        if (!symbol || (tables.symbols < tables.strings && offset >= tables.strings))
            break;
        auto const start = symbol->st_value - base;
        if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF && start < loaded.size()
            && symbol->st_size <= loaded.size() - start && is_named(loaded, tables, *symbol, name))
            return VdsoSymbol { reinterpret_cast<uint64_t>(loaded.data()) + start, symbol->st_size };
    }
    return {};
}

Result<EntryFunction> find_entry_function(Image image)
{
    auto const symbol = find_vdso_function(image, kEntryName);
    if (!symbol)
        return Errno::Enosys;
    Image const code { reinterpret_cast<std::byte const*>(symbol->address), symbol->size };
    auto const opcode = std::as_bytes(std::span(sgx::kEncluOpcode));
    auto const site = std::search(code.begin(), code.end(), opcode.begin(), opcode.end());
    if (site == code.end())
        return Errno::Enosys;
    return EntryFunction {
        .function = reinterpret_cast<vdso_sgx_enter_enclave_t>(symbol->address),
        .enclu = symbol->address + static_cast<uint64_t>(site - code.begin()),
    };
}

} // namespace farl::host
