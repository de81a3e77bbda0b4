# shellcheck shell=bash
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
#
# What the benches share: the cores, the program that makes the calls, and an nginx that answers them. To be sourced after
# scripts/lib.sh; uses built (where programs go) and work (the temporary folder).
#
# shellcheck disable=SC2034,SC2154  # What the benches use, and what they set.

# What fails in a command substitution ends the script, too.
shopt -s inherit_errexit

bench=$repository/bench
# A bench/load that has been built already, if --load says so.
load=""

# Debian's, with the aiohttp that is installed for it; another may come first in the path.
python=/usr/bin/python3

# The first two cores that this may use.
read -r server_core client_core < <(
    taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' |
        awk -F- '{ for (core = $1; core <= ($2 == "" ? $1 : $2); ++core) print core }' |
        awk 'NR == 1 { first = second = $1 } NR == 2 { second = $1 } END { print first, second }'
)

# allow_open_files NEEDED: sets open_files, to as many as there may be.
allow_open_files() {
    ulimit -n "$(ulimit -Hn)"
    open_files=$(ulimit -n)
    if [[ $open_files == unlimited ]]; then open_files=65536; fi
    ((open_files >= $1)) || die "at least $1 open files are needed"
}

# What goes to this machine takes no way round.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# build_load: sets load to the path of bench/load. The line numbers change no instruction; without them, nobody can say
# what a function was inlined into.
build_load() {
    local tree=$built/cmake
    run cmake --preset release -S "$repository" -B "$tree" -DASYNC_LLM_BUILD_TESTS=OFF -DASYNC_LLM_BUILD_EXAMPLES=OFF \
        -DCMAKE_CXX_FLAGS=-g1
    run cmake --build "$tree" --target load --parallel "$(build_jobs)"
    load=$(find "$tree" -name load -type f -perm -u+x -print -quit)
    [[ -n $load ]] || die "there is no load in $tree"
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

servers=()

# What nginx does with TLS sessions.
tls_sessions="ssl_session_cache shared:sessions:16m;"

# without_tls_sessions: each connection costs as much as the others, so that two runs with as many connections differ in
# none of them. A session that is resumed costs less than one that is not.
without_tls_sessions() {
    tls_sessions="ssl_session_cache off; ssl_session_tickets off;"
}

# What has been started is ended by its id, and waited for.
stop_servers() {
    local each
    for each in "${servers[@]}"; do
        kill "$each" 2>/dev/null || true
    done
    for each in "${servers[@]}"; do
        wait "$each" 2>/dev/null || true
    done
    servers=()
}

# free_port: prints a port that nobody listens on.
free_port() {
    "$python" -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# wait_for PORT PID NAME: until somebody accepts there.
wait_for() {
    local tries
    for ((tries = 0; tries < 100; ++tries)); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    die "$3 does not accept connections: $(cat "$work/$3.log")"
}

# crowd_location NAME
crowd_location() {
    cat <<END
        location = /crowd_$1/v1/chat/completions {
            default_type application/json;
            limit_rate \$rate_$1;
            return 200 '$(cat "$work/bodies/small.json")';
        }
END
}

# write_nginx_configuration PORT
# Every POST is answered by a recorded reply. The small one is in the configuration. nginx does not give files to those
# who POST, so for the larger ones the error that this makes becomes the file. In both cases it reads the request to its
# end first, or could not find the next one on the connection.
#
# Who has many calls in flight might serve them over few connections while the others are being opened. Under crowd_ the
# first reply on each connection trickles, for 3 or 16 seconds, so that each call needs one of its own.
write_nginx_configuration() {
    local kind user=""
    if ((EUID == 0)); then user="user root;"; fi
    cat >"$work/nginx.conf" <<END
daemon off;
$user
worker_processes 1;
worker_rlimit_nofile $open_files;
pid $work/nginx.pid;
error_log $work/nginx.log warn;
events {
    worker_connections 12000;
    multi_accept on;
}
http {
    $(for kind in client_body proxy fastcgi uwsgi scgi; do printf '%s_temp_path %s/%s; ' "$kind" "$work" "$kind"; done)
    access_log off;
    types { application/json json; text/event-stream sse; }
    keepalive_requests 1000000;
    keepalive_timeout 600s;
    client_header_timeout 600s;
    reset_timedout_connection on;
    open_file_cache max=16 inactive=600s;
    open_file_cache_valid 600s;
    open_file_cache_min_uses 1;
    map \$connection_requests \$rate_64 { default 0; }
    map \$connection_requests \$rate_2000 { 1 155; default 0; }
    map \$connection_requests \$rate_10000 { 1 36; default 0; }
    server {
        listen 127.0.0.1:$1 ssl http2 backlog=16384;
        ssl_certificate $work/server.pem;
        ssl_certificate_key $work/server.key;
        ssl_protocols TLSv1.3;
        ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
        $tls_sessions
        root $work/bodies;
        location = /small/v1/chat/completions {
            default_type application/json;
            return 200 '$(cat "$work/bodies/small.json")';
        }
$(for kind in 64 2000 10000; do crowd_location "$kind"; done)
        location = /large/v1/chat/completions { error_page 405 =200 /large.json; return 405; }
        location = /stream/v1/chat/completions { error_page 405 =200 /stream.sse; return 405; }
        location / { internal; }
    }
}
END
}

# start_nginx: sets nginx_base.
start_nginx() {
    local port
    port=$(free_port)
    mkdir "$work/bodies"
    "$python" "$bench/bodies.py" "$work/bodies"
    write_nginx_configuration "$port"
    taskset -c "$server_core" nginx -p "$work" -e "$work/nginx.log" -c "$work/nginx.conf" >"$work/nginx.out" 2>&1 &
    servers+=($!)
    nginx_base=https://127.0.0.1:$port
    wait_for "$port" $! nginx
}

build_go() {
    run env GO111MODULE=off GOFLAGS= GOPATH="$built/go" GOCACHE="$built/go_cache" go build -o "$2" "$1"
}

# build_paced: the server of paced streams, which is written in Go.
build_paced() {
    build_go "$bench/compare/paced/main.go" "$built/paced_server"
}

# start_paced: sets paced_base. Its events are those of the streams that nginx sends.
start_paced() {
    local port
    port=$(free_port)
    GOMAXPROCS=1 taskset -c "$server_core" "$built/paced_server" -listen "127.0.0.1:$port" \
        -certificate "$work/server.pem" -key "$work/server.key" -events "$work/bodies/stream.sse" \
        >"$work/paced.log" 2>&1 &
    servers+=($!)
    paced_base=https://127.0.0.1:$port/paced
    wait_for "$port" $! paced
}

# usage FILE: the part of its head that says how to call it.
usage() {
    sed -n '5,/^$/s/^# \{0,1\}//p' "$1"
}

# is_count OPTION VALUE: dies unless it is a number above 0.
is_count() {
    [[ $2 =~ ^[1-9][0-9]*$ ]] || die "$1 is a number"
}

# one_of NAME...: fails unless the first is among the others.
one_of() {
    local wanted=$1 each
    shift
    for each in "$@"; do
        [[ $each == "$wanted" ]] && return 0
    done
    die "there is no $wanted; there are: $*"
}

# begin_bench PACKAGE...: what a bench of async_llm alone needs, those packages among it, up to the certificates. Sets load
# unless it is set, and work, which goes when the script ends, as the servers do.
begin_bench() {
    local packages=(nginx openssl python3 "$@")
    [[ -z $load || -x $load ]] || die "there is no program $load"
    if [[ -z $load ]]; then packages+=("${build_packages[@]}" "${bench_packages[@]}"); fi
    install_missing "${packages[@]}"
    work=$(mktemp -d)
    trap 'stop_servers; rm -rf "$work"' EXIT
    allow_open_files 2200
    mkdir -p "$built"
    if [[ -z $load ]]; then build_load; fi
    make_certificates
}
