# The parts of the enclave that need no enclave, compiled as ordinary host code for unit tests and fuzzers.
# The same files are compiled into farl-enclave with its own flags.
set(ENCLAVE_PURE_SOURCES
  console/line_discipline.cpp
  console/line_editing.cpp
  console/terminal_output.cpp
  hostcall/call_chooser.cpp
  loader/elf.cpp
  loader/initial_stack.cpp
  memory/accepted_pages.cpp
  memory/address_space.cpp
  memory/address_space_advise.cpp
  memory/address_space_grow.cpp
  memory/address_space_move.cpp
  memory/address_space_nodes.cpp
  memory/address_space_place.cpp
  memory/address_space_protect.cpp
  memory/address_space_remap.cpp
  memory/enclave_pages.cpp
  memory/mapping_tree.cpp
  memory/mapping_tree_search.cpp
  memory/runtime_heap.cpp
  memory/runtime_heap_blocks.cpp
  memory/stack_pool.cpp
  net/internet_address.cpp
  net/stand_ins.cpp
  sched/kicks.cpp
  sched/timers.cpp
  time/clock.cpp
)
list(TRANSFORM ENCLAVE_PURE_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
add_library(enclave_pure STATIC ${ENCLAVE_PURE_SOURCES})
target_link_libraries(enclave_pure PUBLIC base_hosted)

# Sets FARL_VDSO_FILE and makes the target farl_vdso, which the runtime embeds and a unit test loads.
include(${CMAKE_CURRENT_LIST_DIR}/time/vdso/vdso.cmake)
add_dependencies(enclave_pure farl_vdso)
target_compile_definitions(enclave_pure INTERFACE FARL_VDSO_FILE="${FARL_VDSO_FILE}")
