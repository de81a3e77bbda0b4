# shellcheck shell=bash
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
#
# What has to be there before anything can be measured: packages and programs. To be sourced after lib.sh; uses here (this
# folder), built (where programs go) and clients (the chosen ones).
#
# shellcheck disable=SC2034,SC2154  # What run sets, and what run uses.

chosen() {
    local each
    for each in "${clients[@]}"; do
        [[ $each == "$1" ]] && return 0
    done
    return 1
}

needs_load() {
    [[ -z $load ]] && { chosen async_llm || chosen async_llm-h2; }
}

# Go is always needed: the server of paced streams is written in it.
install_all() {
    local packages=("${build_packages[@]}" nginx golang-go jq openssl python3)
    if needs_load; then packages+=("${bench_packages[@]}"); fi
    if chosen wrk; then packages+=(wrk); fi
    if chosen h2load; then packages+=(nghttp2-client); fi
    if chosen libcurl; then packages+=(libcurl4-openssl-dev); fi
    if chosen aiohttp; then packages+=(python3-aiohttp); fi
    if chosen openai-node; then
        # A Node.js from elsewhere stays.
        if ! command -v node >/dev/null; then packages+=(nodejs); fi
        if ! command -v npm >/dev/null; then packages+=(npm); fi
    fi
    install_missing "${packages[@]}"
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
    build_paced
    if chosen libcurl; then
        run g++ -std=c++20 -O2 -Wall -Wextra -o "$built/curl_multi" "$here/clients/curl_multi.cpp" -lcurl
    fi
    if chosen go; then build_go "$here/clients/go_client.go" "$built/go_client"; fi
    if chosen openai-node; then install_openai; fi
    if needs_load; then build_load; fi
}

version_of() {
    case $1 in
    nginx) nginx -v 2>&1 | sed 's#.*nginx/##' ;;
    wrk) { wrk -v 2>&1 || true; } | sed -nE 's/^wrk ([^ ]+) .*/\1/p' ;;
    h2load) h2load --version | sed 's#.*/##' ;;
    async_llm | async_llm-h2) git -C "$repository" describe --always --dirty 2>/dev/null || printf 'of these sources' ;;
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
