# shellcheck shell=bash
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
#
# What the scripts share. To be sourced; sets repository to the absolute path of the sources.

set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\n==> %s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# run COMMAND...: prints the command, then runs it.
run() {
    printf '+ %s\n' "$*"
    "$@"
}

# What it takes to build the library on Debian 12.
build_packages=(g++ cmake ninja-build ccache libboost1.81-dev libboost-json1.81-dev libssl-dev libnghttp2-dev)

# What it takes to build the program async-llm beside that, and to check its manual page.
command_packages=(libcli11-dev zlib1g-dev mandoc)

# What it takes to build bench/load and bench/codec as well.
bench_packages=("${command_packages[@]}" libbenchmark-dev)

# What it takes to build the libFuzzer programs beside that; libFuzzer comes with the sanitizers' libraries.
fuzz_packages=(clang-19 libclang-rt-19-dev)

# What it takes to build with clang 19, to count the lines that the tests run, and to check the sources. The version of
# clang-format is the one that the sources are formatted with; others differ in details.
clang_packages=(clang-19 libclang-rt-19-dev llvm-19)
check_packages=(clang-format-19 clang-16 clang-19 clang-tidy-19)

# The parallelism of the build: a large file takes the compiler about a gigabyte.
build_jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
    if ((memory < cores)); then
        cores=$((memory > 0 ? memory : 1))
    fi
    printf '%s' "$cores"
}

as_root() {
    if ((EUID == 0)); then
        run env DEBIAN_FRONTEND=noninteractive "$@"
    else
        run sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# install_missing PACKAGE...: installs those Debian packages that are not there yet, without starting their services.
install_missing() {
    local package missing=() policy=/usr/sbin/policy-rc.d
    command -v dpkg-query >/dev/null || die "these scripts install Debian packages; here, install by hand: $*"
    for package in "$@"; do
        if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true) != installed ]]; then
            missing+=("$package")
        fi
    done
    if ((${#missing[@]} == 0)); then
        say "Debian packages: all there"
        return
    fi
    say "Debian packages to install: ${missing[*]}"
    ((EUID == 0)) || command -v sudo >/dev/null || die "run as root, or install first: ${missing[*]}"
    as_root apt-get update
    # The tests start servers of their own on loopback ports; exit status 101 keeps packages from starting theirs.
    if [[ -e $policy ]] && ! grep -q async_llm "$policy"; then
        as_root apt-get install -y --no-install-recommends "${missing[@]}"
    else
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
        as_root sh -c "printf '#!/bin/sh\n# async_llm\nexit 101\n' >$policy && chmod 755 $policy"
        as_root apt-get install -y --no-install-recommends "${missing[@]}"
        as_root rm -f "$policy"
        trap - EXIT
    fi
}
