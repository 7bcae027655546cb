# make demo    everything from nothing to a live screen (installs Debian packages with sudo)      make test   all tests
# make check   format, build, and the unit tests of the rooms that were touched since the last commit      make format  the whole tree
# make starts  200 starts of the workbench on four kinds of store, each with its content within 2 s (a minute; `make test` does 72)
# make faults  every call to a file fails once, and a kill between any two (hours; EMOLAB_FAULTS=500 for so many of each kind)
# make fuzz    damaged input for every parser, FUZZ=1000000 of each (hours; FUZZ=30000 for ten minutes)
# make field   files, tables, weights and terminals as people have them, each with its right outcome (two minutes; needs ffmpeg, sox, python3)
# make soak    an hour of training, watched and ordered about: memory stays flat (MINUTES=60)
# make sanitize  tests and fifty steps under the address, thread and undefined-behaviour sanitizers
# make same-bits  the same small runs with the program of BASE=before-rebuild and the present one, compared to the last bit (two minutes and two builds)
# make build   the program      make install [PREFIX=~/.local]   make bench   measurements
PREFIX ?= /usr/local
CONFIGURATION ?= release
SWIFT_FLAGS ?=
mtcnn = $(CURDIR)/.build/weights/mtcnn.safetensors
swift_build = swift build -c $(CONFIGURATION) $(SWIFT_FLAGS)

.DEFAULT_GOAL := help
.PHONY: help demo test check format starts faults fuzz field soak sanitize same-bits build install bench packages test-packages clean

# The comment at the top of this file.
help:
	@sed -n '/^#/!q; s/^# //p' $(firstword $(MAKEFILE_LIST))

demo: build
	@scripts/fetch-mtcnn "$$($(swift_build) --show-bin-path)/emolab"
	@"$$($(swift_build) --show-bin-path)/emolab" demo

build: packages
	@$(swift_build) --product emolab

# Release, since loops in unoptimised Swift take minutes where these take seconds.
# The face detector's weights go into the build folder, and no test touches the user's own.
test: test-packages
	swift build --build-tests -c $(CONFIGURATION) -Xswiftc -enable-testing $(SWIFT_FLAGS)
	@EMOLAB_MTCNN="$(mtcnn)" scripts/fetch-mtcnn "$$($(swift_build) --show-bin-path)/emolab"
	@EMOLAB_MTCNN="$(mtcnn)" scripts/tell-failures swift test --skip-build -c $(CONFIGURATION) $(SWIFT_FLAGS)

check: test-packages
	@scripts/check

format: test-packages
	@scripts/format

starts: test-packages
	swift build --build-tests -c $(CONFIGURATION) -Xswiftc -enable-testing $(SWIFT_FLAGS)
	EMOLAB_STARTS=$${EMOLAB_STARTS:-200} swift test --skip-build -c $(CONFIGURATION) $(SWIFT_FLAGS) --filter OpeningTests

faults: test-packages
	swift build --build-tests -c $(CONFIGURATION) -Xswiftc -enable-testing $(SWIFT_FLAGS)
	EMOLAB_FAULTS=$${EMOLAB_FAULTS:-all} swift test --skip-build -c $(CONFIGURATION) $(SWIFT_FLAGS) --filter 'FaultTests|KillTests'

# FUZZ inputs of each parser of foreign bytes, instead of the thousands of `make test`, and ten minutes of damaged clips.
# In 8 GB of addresses: a few damaged bytes that ask for more memory than that are found, too.
FUZZ ?= 1000000
fuzz: test-packages
	swift build --build-tests -c $(CONFIGURATION) -Xswiftc -enable-testing $(SWIFT_FLAGS)
	ulimit -v 8388608 && EMOLAB_FUZZ=$(FUZZ) EMOLAB_FUZZ_SECONDS=600 swift test --skip-build -c $(CONFIGURATION) $(SWIFT_FLAGS) --filter 'FuzzTests|DamagedRowTests|DamagedFileTests'

field: build
	@EMOLAB_MTCNN="$(mtcnn)" scripts/fetch-mtcnn "$$($(swift_build) --show-bin-path)/emolab"
	@EMOLAB_MTCNN="$(mtcnn)" scripts/field "$$($(swift_build) --show-bin-path)/emolab"

MINUTES ?= 60
soak: build
	@scripts/soak "$$($(swift_build) --show-bin-path)/emolab" $(MINUTES)

sanitize: test-packages
	@scripts/sanitize address thread undefined

# The earlier program is built once, and again where BASE names another commit.
BASE ?= before-rebuild
same-bits: build
	@EMOLAB_MTCNN="$(mtcnn)" scripts/fetch-mtcnn "$$($(swift_build) --show-bin-path)/emolab"
	@EMOLAB_MTCNN="$(mtcnn)" scripts/same-bits "$(BASE)"

install: build
	install -D -m 755 "$$($(swift_build) --show-bin-path)/emolab" "$(DESTDIR)$(PREFIX)/bin/emolab"

bench: build
	@"$$($(swift_build) --show-bin-path)/emolab" bench

packages:
	@scripts/install-packages

test-packages:
	@EMOLAB_EXTRA_PACKAGES=tmux EMOLAB_OPTIONAL_PACKAGES=clang-format-14 scripts/install-packages

clean:
	rm -rf .build
