# What a developer who is set up types. `./run` and `./test` do the set-up on a fresh machine.
.PHONY: all check unit asan tsan clean

all: build/build.ninja
	@cmake --build build

build/build.ninja: CMakeLists.txt CMakePresets.json
	@cmake --preset release

check: ; @scripts/check

unit: all
	@build/bin/unit_tests

asan tsan:
	@cmake --preset $@ && cmake --build --preset $@ && build-$@/bin/unit_tests

clean: ; rm -rf build build-asan build-tsan
