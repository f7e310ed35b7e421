// Every handler that table.def names, by family.
#pragma once

#include "enclave/syscall/io.h"
#include "enclave/syscall/memory.h"
#include "enclave/syscall/process_calls.h"
