#include "enclave/process/code_patching.h"

#include "enclave/fs/host/host_file.h"
#include "enclave/fs/tree/node_origin.h"
#include "enclave/hostcall/pages.h"
#include "enclave/loader/patch.h"
#include "enclave/loader/patch_registry.h"

#include <optional>

namespace farl {

namespace {

constexpr uint64_t kReach = 1ull << 31;
constexpr uint64_t kDistanceBelow = 64 * 1024; // room for what a program maps right before its text

wire::FileIdentity identity_of(struct stat const& status)
{
    return { status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size), status.st_mtim.tv_sec,
        status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec };
}

// The image's own, which is checked here, as most of an image's tables are never used. If the program has written to
// the file, what is not as it was stays so.
std::optional<patch::PatchTableView> table_of_image(TreeNode const& node)
{
    auto bytes = node.origin() ? node.origin()->patch_table(node) : std::span<std::byte const> {};
    if (bytes.empty())
        return {};
    auto table = patch::PatchTableView::parse(bytes);
    return table.is_ok() ? std::optional(table.release_value()) : std::nullopt;
}

std::optional<patch::PatchTableView> table_for(File& file)
{
    if (auto* node = file.as_tree_node(); node && patch_registry().is_enabled())
        return table_of_image(*node);
    auto* host_file = file.as_host_file();
    if (!host_file)
        return {};
    auto status = host_file->status();
    auto const* table = status.is_ok() ? patch_registry().find(identity_of(status.value())) : nullptr;
    return table ? std::optional(*table) : std::nullopt;
}

uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

Result<AddressRange> map_stub_area(Process& process, AddressRange text, uint64_t size)
{
    auto wanted = text.start > size + kDistanceBelow ? text.start - size - kDistanceBelow : 0;
    auto address = TRY(process.memory->map({ .address = page_down(wanted),
        .size = size,
        .protection = kProtRead | kProtWrite,
        .flags = kMapPrivate | kMapAnonymous,
        .label = "[farl stubs]" }));
    AddressRange const area { address, address + size };
    bool const is_near = distance(address, text.start) + text.size() + size < kReach;
    if (!is_near || enclave_pages().accept(area, kProtRead | kProtWrite).is_error()) {
        (void)process.memory->unmap(address, size);
        return Errno::Enomem;
    }
    return area;
}

std::span<std::byte> bytes_of(AddressRange range)
{
    return { reinterpret_cast<std::byte*>(range.start), range.size() };
}

} // namespace

void patch_code(Process& process, File& file, AddressRange range, uint64_t offset)
{
    auto const table = table_for(file);
    if (!table)
        return;
    auto vaddr = table->vaddr_of(offset);
    auto size = page_up(stub_area_size(*table));
    if (vaddr.is_error() || !size)
        return;
    auto stubs = map_stub_area(process, range, size);
    if (stubs.is_error())
        return;
    auto area = stubs.value();
    auto count = apply_patches(*table,
        { .bias = range.start - vaddr.value(),
            .text_address = range.start,
            .text = bytes_of(range),
            .stubs_address = area.start,
            .stubs = bytes_of(area) });
    patch_registry().applied.fetch_add(count.applied);
    patch_registry().refused.fetch_add(count.outside + count.mismatched + count.unreachable);
    (void)process.memory->protect(area.start, size, kProtRead | kProtExec);
}

} // namespace farl
