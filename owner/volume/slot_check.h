// SlotCheck: that every block and node of a store is what was sealed there, that no slot is used twice, and that the
// slot table says so.
#pragma once

#include "owner/volume/store_copy.h"

namespace farl::owner {

// One line for a person about each thing that is wrong; with the inode that it is about, or 0.
using DamageReport = std::function<void(std::string const& what, uint64_t inode)>;

class SlotCheck {
public:
    // All of it outlives the check.
    SlotCheck(StoreReader const& store, DamageReport const& report, StoreProgress const& progress)
        : store_(store),
          report_(report),
          progress_(progress)
    {
    }
    void run();

private:
    class Visitor;

    void claim(uint32_t slot, BlockPlace const& place);
    void walk(uint64_t file, formats::BlockRoot const& root);
    void take(BlockPlace const& place, formats::BlockSeal const& seal);
    void compare_with_table(std::vector<bool> const& used);
    void report_runs(std::vector<bool> const& slots, char const* what);
    void check_journal();
    template <typename Act>
    void reported(uint64_t file, Act act);

    StoreReader const& store_;
    DamageReport const& report_;
    StoreProgress const& progress_;
    std::vector<bool> used_;  // found by what leads there
    std::vector<bool> table_; // as the slot table says
    uint64_t done_ { 0 };
    bool is_all_found_ { true };   // no node is lost
    bool is_table_whole_ { true }; // it could be read
};

} // namespace farl::owner
