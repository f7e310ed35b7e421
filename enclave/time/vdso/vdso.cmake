# The vDSO as its own small shared object. It never has the build's own flags: no sanitizer, no libraries.
set(FARL_VDSO_FILE ${CMAKE_BINARY_DIR}/enclave/time/vdso/linux-vdso.so.1)
set(vdso_directory ${CMAKE_CURRENT_LIST_DIR})
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/enclave/time/vdso)
add_custom_command(
  OUTPUT ${FARL_VDSO_FILE}
  COMMAND ${CMAKE_CXX_COMPILER} -std=gnu++20 -O2 -Wall -Wextra -Werror -fPIC -shared -nostdlib -ffreestanding
    -fno-exceptions -fno-rtti -fno-stack-protector -fcf-protection=none -mgeneral-regs-only -fno-jump-tables
    -fasynchronous-unwind-tables -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -I${CMAKE_SOURCE_DIR}
    -Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=both -Wl,--eh-frame-hdr -Wl,-Bsymbolic -Wl,--build-id=none
    -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096 -Wl,-z,norelro -Wl,-T,${vdso_directory}/vdso.ld -Wl,--strip-all
    -o ${FARL_VDSO_FILE} ${vdso_directory}/vdso.cpp
  DEPENDS ${vdso_directory}/vdso.cpp ${vdso_directory}/vdso.ld ${CMAKE_SOURCE_DIR}/enclave/time/vvar.h
  VERBATIM)
add_custom_target(farl_vdso ALL DEPENDS ${FARL_VDSO_FILE})
