// The heap behind operator new and operator delete in the enclave. There is one, because the operators have no argument
// to pass it by; nothing else uses it by name but the entry code, which initialises it before the first allocation.
#pragma once

#include "enclave/memory/runtime_heap.h"

namespace farl {

RuntimeHeap& runtime_heap();

}
