# farl-enclave: the trusted runtime. Freestanding: no C library, no exceptions, no vector registers, no relocations.
file(GLOB_RECURSE FARL_ENCLAVE_SOURCES CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_LIST_DIR}/*.cpp ${CMAKE_CURRENT_LIST_DIR}/*.S)
list(FILTER FARL_ENCLAVE_SOURCES EXCLUDE REGEX "/time/vdso/|/wide_gcm.cpp$")
list(APPEND FARL_ENCLAVE_SOURCES
  ${CMAKE_SOURCE_DIR}/abi/wire/launch_config.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/admission.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/credentials.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/base64.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/console_block.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/fspf.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/network_rule.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/record_block.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/startup_config.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/volume_access.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/volume_keeping.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/patch_table.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/patch_site.cpp)

# How all of it is compiled.
add_library(farl_vector_code INTERFACE)
target_compile_options(farl_vector_code INTERFACE
  -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/= # the measurement must not depend on where the sources are
  -fPIE -mfsgsbase -fvisibility=hidden -fno-asynchronous-unwind-tables -ffunction-sections
  -fdata-sections -fcf-protection=none -U_FORTIFY_SOURCE -fno-builtin-printf -fplt
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
    -fstack-protector-strong -mstack-protector-guard=tls -mstack-protector-guard-reg=gs -mstack-protector-guard-offset=40>)
# Cryptography with vector registers: apart, so that no other code has them, and linked by hosted tests too.
add_library(farl_wide_gcm STATIC ${CMAKE_CURRENT_LIST_DIR}/crypto/wide/wide_gcm.cpp)
target_link_libraries(farl_wide_gcm PRIVATE farl_vector_code)
target_compile_options(farl_wide_gcm PRIVATE -O3 -maes -mpclmul -mavx512f -mavx512bw -mavx512vl -mavx512dq -mvaes -mvpclmulqdq
  -Wno-uninitialized -Wno-maybe-uninitialized) # GCC's own intrinsics: its bug 105593
add_library(farl_enclave_code INTERFACE)
target_compile_options(farl_enclave_code INTERFACE -mgeneral-regs-only)
target_link_libraries(farl_enclave_code INTERFACE farl_vector_code farl_wide_gcm boringssl_ssl)

add_library(farl_enclave_runtime OBJECT ${FARL_ENCLAVE_SOURCES})
target_link_libraries(farl_enclave_runtime PRIVATE farl_enclave_code)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/process/vdso_image.S PROPERTIES
  COMPILE_DEFINITIONS FARL_VDSO_FILE="${FARL_VDSO_FILE}" OBJECT_DEPENDS ${FARL_VDSO_FILE})
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/entry/c_library.cpp PROPERTIES
  COMPILE_OPTIONS -fno-builtin) # no loop there is to become a call of the function that it is in
add_dependencies(farl_enclave_runtime farl_vdso)

# add_farl_enclave(TARGET [SOURCES...]): an enclave of the runtime, signed. Tests add sources.
function(add_farl_enclave target)
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/entry/enclave.ld)
  add_executable(${target} $<TARGET_OBJECTS:farl_enclave_runtime> ${ARGN})
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${script} POSITION_INDEPENDENT_CODE OFF)
  target_link_options(${target} PRIVATE -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none
    -Wl,-T,${script} -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack -Wl,--no-relax)
  target_link_libraries(${target} PRIVATE farl_enclave_code)
  farl_split_debug(${target})
  farl_sign_enclave(${target})
endfunction()
add_farl_enclave(farl-enclave)
