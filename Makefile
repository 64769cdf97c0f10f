# The door: CMake and Ninja do the work. `make run` starts a mail server, `make test` proves it.
# JOBS=4 builds with four compilers; WORK="notify login-tuned" measures only these
# (tests/bench/run.py --list), QUICK=1 a tenth of all. FUZZ_SECONDS=600 fuzzes each target for ten
# minutes, FUZZ_RUNS=20000000 for so many inputs, FUZZ_JOBS=2 two targets at a time.
# CYCLES=2000 SEED=1 SECONDS=3600 bound a chaos run.
JOBS ?= $(shell nproc)
OFFSET ?= 8000
STATE ?= var
FUZZ_SECONDS ?= 60
FUZZ_JOBS ?= 1
CYCLES ?= 2000
CUTS ?= 100
SEED ?= 1
SECONDS ?= 0
PREFIX ?= /usr
DESTDIR ?=

export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime
CONFIGURE = cmake -S . -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 \
  $(if $(shell command -v ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache) --log-level=WARNING

.PHONY: all run test check bench chaos fuzz fuzz-corpus doubling install clean programs units tidy
all: programs

run:
	contrib/bootstrap --build --run
	@$(MAKE) --no-print-directory programs
	@exec build/bin/tegu-ctl up --state $(STATE) --port-offset $(OFFSET) --sample

# Two builds: the unit tests, and the programs that are broken on purpose, with sanitizers; the
# programs as they are shipped.
test:
	contrib/bootstrap --build --run --test
	@$(MAKE) --no-print-directory units programs
	@ninja -j $(JOBS) -C build-asan programs
	@ninja -j $(JOBS) -C build doubling
	ctest --test-dir build-asan --output-on-failure -j $(JOBS) -L unit
	ctest --test-dir build --output-on-failure -j 2 -L 'lint|flow|doubling'
	ctest --test-dir build-asan --output-on-failure -L chaos

# Without real servers: format, floors, manual, tidy, unit tests with sanitizers.
check:
	contrib/bootstrap --build --run --test
	@$(MAKE) --no-print-directory units
	ctest --test-dir build-asan --output-on-failure -j $(JOBS) -L 'unit|lint'
	@$(MAKE) --no-print-directory tidy

programs:
	@$(CONFIGURE) -B build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTEGU_CHECK_HEADERS=OFF
	@ninja -j $(JOBS) -C build programs

units:
	@$(CONFIGURE) -B build-asan -DCMAKE_BUILD_TYPE=Debug -DTEGU_SANITIZE=ON -DTEGU_FAILPOINTS=ON
	@ninja -j $(JOBS) -C build-asan units

tidy: units
	git ls-files 'lib/*.cpp' 'bin/*.cpp' | xargs -P $(JOBS) -n 4 clang-tidy-19 -p build-asan --quiet

bench:
	contrib/bootstrap --build --run --bench
	@$(MAKE) --no-print-directory programs
	@ninja -j $(JOBS) -C build bench_tools
	tests/bench/run.py --build build $(if $(QUICK),--quick) $(WORK:%=--work %)

# Two nodes, broken again and again under load; lost and doubled letters are counted.
chaos:
	contrib/bootstrap --build --run --test
	@$(CONFIGURE) -B build-chaos -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTEGU_CHECK_HEADERS=OFF -DTEGU_FAILPOINTS=ON
	@ninja -j $(JOBS) -C build-chaos programs
	tests/chaos/run.py --build build-chaos --cycles $(CYCLES) --cuts $(CUTS) --seed $(SEED) --seconds $(SECONDS)

# Starts from tests/data/fuzz/<target>; what is found stays in build-fuzz/corpus/<target>, and
# build-fuzz/counts adds up the executions of all runs. FUZZ_TARGETS="sasl conf" runs only these.
fuzz fuzz-corpus:
	contrib/bootstrap --build
	@$(CONFIGURE) -B build-fuzz -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTEGU_FUZZ=ON -DTEGU_CHECK_HEADERS=OFF
	@ninja -j $(JOBS) -C build-fuzz fuzzers
	@tests/fuzz/run.py --jobs $(FUZZ_JOBS) $(if $(filter fuzz-corpus,$@),--merge, \
	  --seconds $(if $(FUZZ_RUNS),0,$(FUZZ_SECONDS)) --runs $(or $(FUZZ_RUNS),0)) $(FUZZ_TARGETS)

# How the work of every parser grows with its input, up to 50 MiB.
doubling:
	contrib/bootstrap --build
	@$(MAKE) --no-print-directory programs
	@ninja -j $(JOBS) -C build doubling
	build/tests/doubling

install: programs
	DESTDIR=$(DESTDIR) cmake --install build --prefix $(PREFIX)

clean:
	rm -rf build build-asan build-chaos build-fuzz
