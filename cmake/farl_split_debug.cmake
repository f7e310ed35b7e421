# farl_split_debug(target): the target's debug information goes to TARGET.debug, where debuggers look for it. Programs
# that go into each protected image are smaller by it; what is loaded, and so what is measured, stays as it was.
function(farl_split_debug target)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} --only-keep-debug $<TARGET_FILE:${target}> $<TARGET_FILE:${target}>.debug
    COMMAND ${CMAKE_OBJCOPY} --strip-debug --add-gnu-debuglink=$<TARGET_FILE:${target}>.debug $<TARGET_FILE:${target}>
    BYPRODUCTS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${target}.debug
    VERBATIM)
endfunction()
