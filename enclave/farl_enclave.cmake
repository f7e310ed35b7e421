# farl-enclave: the trusted runtime. Freestanding: no C library, no exceptions, no vector registers, no relocations.
file(GLOB_RECURSE FARL_ENCLAVE_SOURCES CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_LIST_DIR}/*.cpp ${CMAKE_CURRENT_LIST_DIR}/*.S)
list(FILTER FARL_ENCLAVE_SOURCES EXCLUDE REGEX "/time/vdso/")
list(APPEND FARL_ENCLAVE_SOURCES
  ${CMAKE_SOURCE_DIR}/abi/wire/launch_config.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/patch_table.cpp
  ${CMAKE_SOURCE_DIR}/abi/formats/patch_site.cpp)

add_executable(farl-enclave ${FARL_ENCLAVE_SOURCES})
set_target_properties(farl-enclave PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/entry/enclave.ld
  POSITION_INDEPENDENT_CODE OFF)
target_compile_options(farl-enclave PRIVATE
  -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/= # the measurement must not depend on where the sources are
  -fPIE -mgeneral-regs-only -mfsgsbase -fvisibility=hidden -fno-asynchronous-unwind-tables -ffunction-sections
  -fdata-sections -fcf-protection=none -U_FORTIFY_SOURCE -fno-builtin-printf -fplt
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
    -fstack-protector-strong -mstack-protector-guard=tls -mstack-protector-guard-reg=gs -mstack-protector-guard-offset=40>)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/process/vdso_image.S PROPERTIES
  COMPILE_DEFINITIONS FARL_VDSO_FILE="${FARL_VDSO_FILE}" OBJECT_DEPENDS ${FARL_VDSO_FILE})
add_dependencies(farl-enclave farl_vdso)
target_link_options(farl-enclave PRIVATE -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none
  -Wl,-T,${CMAKE_CURRENT_LIST_DIR}/entry/enclave.ld -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack -Wl,--no-relax)
target_link_libraries(farl-enclave PRIVATE boringssl_crypto)

include(${CMAKE_SOURCE_DIR}/cmake/farl_sign_enclave.cmake)
farl_sign_enclave(farl-enclave)
