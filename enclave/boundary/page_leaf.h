// The ENCLU leaves that accept changes of pages (page_leaf.S). A fault inside comes back as -1: the exception handler
// recognises the instruction.
#pragma once

#include "abi/sgx/secinfo.h"

extern "C" {
// `info` is aligned to 64.
uint64_t farl_page_leaf(uint64_t leaf, farl::sgx::SecInfo const* info, uint64_t page, uint64_t source);
extern char farl_page_leaf_begin[], farl_page_leaf_end[], farl_page_leaf_fault[];
}
