# shellcheck shell=bash
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
#
# What has to be there before anything can be measured: packages, programs and certificates. To be sourced after lib.sh;
# uses here (this folder), built (where programs go), work (the temporary folder) and clients (the chosen ones).
#
# shellcheck disable=SC2034,SC2154  # What run sets, and what run uses.

# Debian's, with the aiohttp that is installed for it; another may come first in the path.
python=/usr/bin/python3

chosen() {
    local each
    for each in "${clients[@]}"; do
        [[ $each == "$1" ]] && return 0
    done
    return 1
}

# Go is always needed: the server of paced streams is written in it.
install_all() {
    local packages=("${build_packages[@]}" nginx golang-go jq openssl python3)
    if chosen async_llm && [[ -z $load ]]; then packages+=("${bench_packages[@]}"); fi
    if chosen wrk; then packages+=(wrk); fi
    if chosen libcurl; then packages+=(libcurl4-openssl-dev); fi
    if chosen aiohttp; then packages+=(python3-aiohttp); fi
    if chosen openai-node; then
        # A Node.js from elsewhere stays.
        if ! command -v node >/dev/null; then packages+=(nodejs); fi
        if ! command -v npm >/dev/null; then packages+=(npm); fi
    fi
    install_missing "${packages[@]}"
}

# build_load: sets load to the path of bench/load.
build_load() {
    local tree=$built/cmake
    run cmake --preset release -S "$repository" -B "$tree" -DASYNC_LLM_BUILD_TESTS=OFF -DASYNC_LLM_BUILD_EXAMPLES=OFF
    run cmake --build "$tree" --target load --parallel "$(build_jobs)"
    load=$(find "$tree" -name load -type f -perm -u+x -print -quit)
    [[ -n $load ]] || die "there is no load in $tree"
}

build_go() {
    run env GO111MODULE=off GOFLAGS= GOPATH="$built/go" GOCACHE="$built/go_cache" go build -o "$2" "$1"
}

# The package that package.json names is installed where the client is, outside of the sources.
install_openai() {
    mkdir -p "$built/node"
    cp "$here/clients/package.json" "$here/clients/openai_client.mjs" "$built/node"
    run npm install --prefix "$built/node" --no-package-lock --no-audit --no-fund --ignore-scripts --omit=dev \
        --omit=optional --omit=peer
}

build_all() {
    run g++ -std=c++20 -O2 -Wall -Wextra -o "$built/measure" "$here/measure.cpp"
    build_go "$here/paced/main.go" "$built/paced_server"
    if chosen libcurl; then
        run g++ -std=c++20 -O2 -Wall -Wextra -o "$built/curl_multi" "$here/clients/curl_multi.cpp" -lcurl
    fi
    if chosen go; then build_go "$here/clients/go_client.go" "$built/go_client"; fi
    if chosen openai-node; then install_openai; fi
    if chosen async_llm && [[ -z $load ]]; then build_load; fi
}

# A certificate authority and a server's certificate, which are gone when this has ended.
make_certificates() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    if ! {
        openssl req -x509 "${key[@]}" -keyout "$work/ca.key" -out "$work/ca.pem" -days 2 -subj "/CN=bench authority" &&
            openssl req "${key[@]}" -keyout "$work/server.key" -out "$work/server.csr" -subj "/CN=localhost" &&
            printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n' >"$work/extensions" &&
            openssl x509 -req -in "$work/server.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
                -extfile "$work/extensions" -out "$work/server.pem" &&
            openssl verify -CAfile "$work/ca.pem" "$work/server.pem"
    } >"$work/openssl.log" 2>&1; then
        die "openssl: $(cat "$work/openssl.log")"
    fi
}

version_of() {
    case $1 in
    nginx) nginx -v 2>&1 | sed 's#.*nginx/##' ;;
    wrk) { wrk -v 2>&1 || true; } | sed -nE 's/^wrk ([^ ]+) .*/\1/p' ;;
    async_llm) git -C "$repository" describe --always --dirty 2>/dev/null || printf 'of these sources' ;;
    libcurl) dpkg-query -W -f='${Version}' libcurl4 ;;
    go) go version | sed -E 's/go version go([^ ]+) .*/\1/' ;;
    aiohttp) "$python" -c 'import aiohttp, platform; print(aiohttp.__version__, "on Python", platform.python_version())' ;;
    openai-node) printf '%s on Node.js %s' "$(jq -r .version "$built/node/node_modules/openai/package.json")" \
        "$(node --version)" ;;
    OpenSSL) openssl version | cut -d' ' -f2 ;;
    esac
}

# about: prints what the numbers were measured with, a line for each.
about() {
    local each versions=()
    for each in nginx OpenSSL "${clients[@]}"; do
        versions+=("$each $(version_of "$each")")
    done
    printf 'Date: %s\n' "$(date -u +%F)"
    printf 'Machine: %s, %s cores, Linux %s\n' \
        "$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" "$(nproc --all)" "$(uname -r)"
    printf 'Versions: %s\n' "$(printf '%s, ' "${versions[@]}" | sed 's/, $//')"
    if [[ $server_core == "$client_core" ]]; then
        printf 'Cores: server and clients on the same one; there is no other\n'
    else
        printf 'Cores: server on %s, clients on %s\n' "$server_core" "$client_core"
    fi
    printf 'Rounds: %s, medians\n' "$rounds"
}
