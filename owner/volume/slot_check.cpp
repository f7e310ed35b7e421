#include "owner/volume/slot_check.h"

#include <fmt/format.h>

namespace farl::owner {

using namespace formats;

class SlotCheck::Visitor final : public TreeVisitor {
public:
    explicit Visitor(SlotCheck& check) : check_(check) { }
    void found(BlockPlace const& place, BlockSeal const& seal) override
    {
        check_.claim(seal.slot, place);
        if (place.level == 0)
            check_.reported(place.file, [&] { check_.take(place, seal); });
    }
    void lost(BlockPlace const& place, BlockSeal const& seal) override
    {
        check_.report_(fmt::format("{} (slot {}) are not what was sealed there", shown(place), seal.slot), place.file);
        (place.file == kSlotTable ? check_.is_table_whole_ : check_.is_all_found_) = false;
    }

private:
    SlotCheck& check_;
};

template <typename Act>
void SlotCheck::reported(uint64_t file, Act act)
{
    try {
        act();
    } catch (StoreDamage const& damage) {
        report_(damage.what(), file);
    }
}

void SlotCheck::run()
{
    used_.assign(kSuperblockCount, true);
    walk(kInodeTable, store_.checkpoint().inodes);
    for (auto number = kRootInode; number < store_.checkpoint().inode_count; ++number) {
        try {
            walk(number, store_.stored_inode(number).root);
        } catch (StoreDamage const&) { // of the inode table: told already
            is_all_found_ = false;
        }
    }
    auto const used = used_;
    walk(kSlotTable, store_.checkpoint().slots);
    compare_with_table(used);
    check_journal();
}

void SlotCheck::walk(uint64_t file, BlockRoot const& root)
{
    Visitor visitor(*this);
    reported(file, [&] { store_.walk(file, root, visitor); });
}

void SlotCheck::claim(uint32_t slot, BlockPlace const& place)
{
    progress_(++done_, store_.file().slot_count());
    if (slot >= used_.size())
        used_.resize(slot + size_t { 1 });
    if (used_[slot])
        report_(fmt::format("slot {} is used twice: {} is the second to lead there", slot, shown(place)), place.file);
    used_[slot] = true;
}

// What the journal has replaced since need not open any more: nobody will read it.
void SlotCheck::take(BlockPlace const& place, BlockSeal const& seal)
{
    if (!store_.is_current(place.file, place.index))
        return;
    auto const was_whole = is_table_whole_;
    is_table_whole_ &= place.file != kSlotTable; // until it is read
    auto const contents = store_.read(place, seal);
    is_table_whole_ = was_whole;
    if (place.file != kSlotTable || place.index >= store_.checkpoint().slot_blocks)
        return;
    auto const first = place.index * kVolumeSlotSize * 8;
    table_.resize(std::max<size_t>(table_.size(), first + kVolumeSlotSize * 8));
    for (size_t bit = 0; bit < kVolumeSlotSize * 8; ++bit)
        table_[first + bit] = (contents[bit / 8] >> bit % 8 & std::byte { 1 }) != std::byte { 0 };
}

void SlotCheck::compare_with_table(std::vector<bool> const& used)
{
    if (!is_table_whole_)
        return;
    auto const size = std::max(used.size(), table_.size());
    std::vector<bool> missing(size), lost(size);
    for (size_t slot = 0; slot < size; ++slot) {
        bool const is_used = slot < used.size() && used[slot], is_told = slot < table_.size() && table_[slot];
        missing[slot] = is_used && !is_told;
        lost[slot] = is_told && !is_used;
    }
    report_runs(missing, "in use, and free in the slot table");
    if (is_all_found_) // else something below what is damaged may be there
        report_runs(lost, "in use in the slot table, and nothing leads there");
}

void SlotCheck::report_runs(std::vector<bool> const& slots, char const* what)
{
    for (size_t slot = 0; slot < slots.size(); ++slot) {
        if (!slots[slot])
            continue;
        auto const first = slot;
        while (slot + 1 < slots.size() && slots[slot + 1])
            ++slot;
        if (first == slot)
            report_(fmt::format("slot {} is {}", first, what), 0);
        else
            report_(fmt::format("slots {} to {} are {}", first, slot, what), 0);
    }
}

void SlotCheck::check_journal()
{
    auto const& journal = store_.journal();
    for (auto slot : journal.slots) {
        if (slot < used_.size() && used_[slot])
            report_(fmt::format("slot {} is used twice: the journal is the second to lead there", slot), 0);
        used_.resize(std::max<size_t>(used_.size(), slot + size_t { 1 }));
        used_[slot] = true;
    }
    for (auto const& mapped : journal.mapped) {
        BlockPlace const place { mapped.file, 0, mapped.index };
        claim(mapped.seal.slot, place);
        auto const& now = journal.inodes.at(mapped.file).blocks;
        auto const found = now.find(mapped.index);
        if (found != now.end() && found->second == mapped.seal)
            reported(mapped.file, [&] { (void)store_.read(place, mapped.seal); });
    }
}

} // namespace farl::owner
