-- Copyright (c) 2026 The async_llm authors
-- Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

-- wrk ... URL -- SECONDS CONNECTIONS [stream]: asks for completions, or streams, and prints one JSON object at the end.
-- What comes after so many seconds (0: nothing) is counted by itself, once every connection has had a reply.

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer key"

local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

-- The processor time of this process in microseconds; the kernel counts it in hundredths of a second.
local function cpu_microseconds()
    local file = assert(io.open("/proc/self/stat"))
    local fields = file:read("*a"):match("%) (.*)")
    file:close()
    local user, system = fields:match("^" .. ("%S+ "):rep(11) .. "(%d+) (%d+)")
    return (tonumber(user) + tonumber(system)) * 10000
end

-- Only with a time to wait for: it takes the place of the finished request that wrk sends otherwise.
local function counting_request()
    issued = issued + 1
    if not issued_before and issued % 64 == 0 and issued >= enough and os.time() >= counted_from then
        issued_before = issued
        cpu_before = cpu_microseconds()
    end
    return text
end

function init(args)
    local stream = args[3] == "stream" and ',"stream":true' or ""
    local message = '{"role":"user","content":"' .. ("x"):rep(100) .. '"}'
    wrk.body = '{"model":"bench","messages":[' .. message .. "]" .. stream .. "}"
    local seconds = tonumber(args[1])
    if seconds > 0 then
        issued = 0
        enough = 2 * tonumber(args[2])
        counted_from = os.time() + seconds
        text = wrk.format()
        request = counting_request
    end
end

function done(summary, latency, requests)
    local cpu_after = cpu_microseconds()
    local failed = 0
    for _, count in pairs(summary.errors) do
        failed = failed + count
    end
    local counted = ""
    local before = threads[1]:get("issued_before")
    if before then
        local cost = (cpu_after - threads[1]:get("cpu_before")) / (threads[1]:get("issued") - before)
        counted = string.format(',"cpu_us_per_completion":%.3f', cost)
    end
    io.write(string.format(
        '{"completed":%d,"failed":%d,"seconds":%.6f%s}\n',
        summary.requests, failed, summary.duration / 1e6, counted
    ))
end
