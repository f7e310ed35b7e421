#!/bin/bash
# Runs a program with its arguments; exits with 77, which ctest counts as skipped, if it has not been built.
if [[ ! -x $1 ]]; then
    echo "skipped: $1 is not built"
    exit 77
fi
exec "$@"
