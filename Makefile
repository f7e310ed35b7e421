# What a developer who is set up types. `./run` and `./test` do the set-up on a fresh machine.
.PHONY: all check format unit asan tsan attestations bench soak evaluate files fuzz reproduce clean

all: ; @scripts/build

check: ; @scripts/check

format: ; @git ls-files --cached --others --exclude-standard '*.h' '*.cpp' '*.c' | xargs clang-format -i

unit: all
	@build/bin/unit_tests

asan tsan:
	@scripts/build $@ && build-$@/bin/unit_tests

# Long jobs are programs of their own in scripts/, so that each can be read and run alone.
attestations bench soak evaluate files fuzz reproduce:
	@if [ -x scripts/$@ ]; then $(MAKE) --no-print-directory all && exec scripts/$@; \
	else echo "make $@: there is no scripts/$@ in this version" >&2; exit 1; fi

clean: ; rm -rf build build-asan build-tsan
