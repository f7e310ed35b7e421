# farl_sign_enclave(target): after the enclave `target` is linked, measures it and writes TARGET.sigstruct beside it,
# signed with the development key of this build tree, which the first build generates. FARL_SIGNING_KEY names another.
set(FARL_SIGNING_KEY ${CMAKE_BINARY_DIR}/development-key.pem CACHE FILEPATH "PEM file of the key that signs farl-enclave")

function(farl_sign_enclave target)
  set(output $<TARGET_FILE:${target}>.sigstruct)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND farl-sign --key ${FARL_SIGNING_KEY} --out ${output} --print $<TARGET_FILE:${target}>
    BYPRODUCTS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${target}.sigstruct
    VERBATIM)
  add_dependencies(${target} farl-sign)
endfunction()
