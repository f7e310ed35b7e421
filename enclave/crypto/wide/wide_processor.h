// Whether wide_gcm.cpp may be used here: tried, with an exception as one of the answers (wide_processor.S).
#pragma once

#include <cstdint>

extern "C" {

uint32_t farl_probe_wide_gcm();

// The code range and where it continues after #UD.
extern char farl_probe_wide_gcm_begin[], farl_probe_wide_gcm_end[], farl_probe_wide_gcm_fault[];
}
