# shellcheck shell=bash
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
#
# The two servers on loopback ports. To be sourced after setup.sh; sets nginx_base and paced_base.
#
# shellcheck disable=SC2034,SC2154  # What run sets, and what run uses.

servers=()

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

# free_ports: prints two ports that nobody listens on.
free_ports() {
    "$python" -c 'import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in sockets))'
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
        listen 127.0.0.1:$1 ssl backlog=16384;
        ssl_certificate $work/server.pem;
        ssl_certificate_key $work/server.key;
        ssl_protocols TLSv1.3;
        ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
        ssl_session_cache shared:sessions:16m;
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

start_servers() {
    local ports
    read -r -a ports < <(free_ports)
    mkdir "$work/bodies"
    "$python" "$here/bodies.py" "$work/bodies"
    write_nginx_configuration "${ports[0]}"
    taskset -c "$server_core" nginx -p "$work" -e "$work/nginx.log" -c "$work/nginx.conf" >"$work/nginx.out" 2>&1 &
    servers+=($!)
    nginx_base=https://127.0.0.1:${ports[0]}
    wait_for "${ports[0]}" $! nginx
    GOMAXPROCS=1 taskset -c "$server_core" "$built/paced_server" -listen "127.0.0.1:${ports[1]}" \
        -certificate "$work/server.pem" -key "$work/server.key" -events "$work/bodies/stream.sse" \
        >"$work/paced.log" 2>&1 &
    servers+=($!)
    paced_base=https://127.0.0.1:${ports[1]}/paced
    wait_for "${ports[1]}" $! paced
}
