// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/restarted_nginx.hpp"

namespace async_llm::test {

nginx_options echoing_nginx() {
    nginx_options options;
    options.worker = true;
    options.reply =
        R"({"id":"$request_id","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"$http_idempotency_key"},"finish_reason":"stop"}]})";
    return options;
}

nginx_options echoing_nginx_to_the_last() {
    auto options = echoing_nginx();
    options.lingering_close = false;
    return options;
}

restarted_nginx::restarted_nginx(nginx_options const& options) : behind_nginx(options) {
    config.retry = persistent();
}

void restarted_nginx::start_again(client const& c) {
    run_until([&] { return nginx.has_ended(); });
    auto const before = c.stats().connections_failed;
    run_until([&] { return c.stats().connections_failed > before; });
    nginx.start();
}

nginx_account::nginx_account(std::vector<nginx_request> const& log, std::size_t calls) : served(calls) {
    for (auto const& each : log) {
        processes_.insert(each.process);
        connections_.emplace(each.process, each.connection);
        if (each.version == "HTTP/2.0") ++http2;
        if (each.status == 200)
            served.add(each.idempotency_key);
        else
            ++refused;
    }
}

std::string nginx_account::figures() const {
    return "nginx: " + std::to_string(processes()) + " workers, " + std::to_string(connections()) +
        " connections, " + std::to_string(served.total()) + " answers, " + std::to_string(served.repeated()) +
        " calls served more than once";
}

nginx_account check_nothing_lost(restarted_nginx& w, marked_completions const& calls, std::size_t total) {
    nginx_account a(w.nginx.finish(), total);
    calls.check();
    calls.check_served(a.served);
    BOOST_TEST(a.refused == 0u);
    return a;
}

} // namespace async_llm::test
