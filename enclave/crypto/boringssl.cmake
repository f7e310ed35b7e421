# BoringSSL as the enclave has it: boringssl_crypto and boringssl_ssl, freestanding. Both are archives, so that only what is used is
# linked and measured. Nothing of the build's own flags: no warnings that are not ours to mend, no sanitizer.
set(boringssl ${CMAKE_BINARY_DIR}/boringssl)
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/fetch-boringssl ${boringssl} COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/scripts/fetch-boringssl ${boringssl}/complete)

# boringssl_sources(OUT LIST...): the files of Debian's lists, without those that need an operating system. What is needed of them
# is the runtime's: crypto/boringssl_processor.cpp, memory/crypto_memory.cpp, sched/crypto_threads.cpp.
file(READ ${boringssl}/debian/sources.mk boringssl_lists)
function(boringssl_sources out)
  foreach(list ${ARGN})
    string(REGEX MATCH "\n${list} := [^:]*\n\n" text "${boringssl_lists}")
    string(REGEX MATCHALL "[a-zA-Z0-9_/.-]+\\.(cc?|S)" files "${text}")
    list(APPEND all ${files})
  endforeach()
  list(FILTER all EXCLUDE REGEX
    "/(crypto|thread_[a-z]+|refcount_lock|cpu_[a-z0-9_]+|rand_extra/(windows|fuchsia|deterministic)|bio/(connect|fd|file|socket|socket_helper)|x509/by_(dir|file)|ssl_file|bio_ssl)\\.cc?$")
  list(LENGTH all count)
  if(count LESS 30)
    message(FATAL_ERROR "${boringssl}/debian/sources.mk does not list what it should; delete ${boringssl} and build again")
  endif()
  list(TRANSFORM all PREPEND ${boringssl}/)
  set(${out} ${all} PARENT_SCOPE)
endfunction()

function(add_boringssl target)
  add_library(${target} STATIC EXCLUDE_FROM_ALL ${ARGN})
  set_target_properties(${target} PROPERTIES COMPILE_OPTIONS "" INCLUDE_DIRECTORIES "" POSITION_INDEPENDENT_CODE OFF)
  # __TRUSTY__: no sockets, files and /dev/urandom. It also drops locks; OPENSSL_THREADS brings them back.
  target_compile_definitions(${target} PUBLIC __TRUSTY__ OPENSSL_THREADS
    PRIVATE BORINGSSL_IMPLEMENTATION NDEBUG __NO_CTYPE)
  target_include_directories(${target} SYSTEM PUBLIC ${boringssl}/src/include)
  target_include_directories(${target} SYSTEM INTERFACE ${boringssl}/src) # sched/ defines what <crypto/internal.h> declares
  target_compile_options(${target} PRIVATE -w -ffile-prefix-map=${boringssl}/= -fPIE -fvisibility=hidden -fno-strict-aliasing
    -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fcf-protection=none -U_FORTIFY_SOURCE -fno-plt
    -fstack-protector-strong -mstack-protector-guard=tls -mstack-protector-guard-reg=gs -mstack-protector-guard-offset=40
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)
endfunction()

boringssl_sources(boringssl_crypto_sources crypto_sources linux_x86_64_sources)
boringssl_sources(boringssl_ssl_sources ssl_sources)
add_boringssl(boringssl_crypto ${boringssl_crypto_sources})
add_boringssl(boringssl_ssl ${boringssl_ssl_sources})
target_link_libraries(boringssl_ssl PUBLIC boringssl_crypto)
add_boringssl(boringssl_posix_threads ${boringssl}/src/crypto/thread_pthread.c) # for hosted tests
target_link_libraries(boringssl_crypto INTERFACE gcc) # divides 128-bit numbers
