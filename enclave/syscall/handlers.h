// Every handler that table.def names, by family.
#pragma once

#include "enclave/syscall/attributes.h"
#include "enclave/syscall/descriptors.h"
#include "enclave/syscall/directories.h"
#include "enclave/syscall/identity.h"
#include "enclave/syscall/io.h"
#include "enclave/syscall/memory.h"
#include "enclave/syscall/metadata.h"
#include "enclave/syscall/names.h"
#include "enclave/syscall/opening.h"
#include "enclave/syscall/process_calls.h"
#include "enclave/syscall/signals.h"
#include "enclave/syscall/storage.h"
#include "enclave/syscall/system.h"
#include "enclave/syscall/time.h"
#include "enclave/syscall/transfers.h"
