// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_CALL_PHASES_HPP
#define ASYNC_LLM_TEST_SUPPORT_CALL_PHASES_HPP

#include "support/black_hole.hpp"
#include "support/blocked_resolver.hpp"
#include "support/world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <array>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace async_llm::test {

/// Where a call can be held up.
enum class stage { queued, resolving, connecting, proxy, handshake, writing, waiting, mid_body };

constexpr std::array all_stages{
    stage::queued,
    stage::resolving,
    stage::connecting,
    stage::proxy,
    stage::handshake,
    stage::writing,
    stage::waiting,
    stage::mid_body};

inline std::string_view name_of(stage s) {
    constexpr std::array<std::string_view, 8>
        names{"queued", "resolving", "connecting", "proxy", "handshake", "writing", "waiting", "mid_body"};
    return names[static_cast<std::size_t>(s)];
}

/// From `writing` on, the request may have reached the provider.
inline bool is_sending(stage s) { return s >= stage::writing; }

/// A world in which a call gets as far as one stage and no further.
class held_call {
public:
    explicit held_call(stage s) : at(s), w(s == stage::writing ? scheme::http : scheme::https) { prepare(); }

    /// Starts the call, and runs the loop until it is held up.
    void start() {
        client.emplace(w.make_client());
        if (at == stage::queued)
            client->async_complete(hello(), [this](error_code, chat_response) { ++others_done; });
        auto request = hello();
        // More than the buffers of both sockets hold.
        if (at == stage::writing) request.user(std::string(32u << 20, 'x'));
        client->async_complete(
            std::move(request),
            options,
            boost::asio::bind_cancellation_slot(
                signal.slot(),
                [this](error_code e, chat_response r) {
                    ++done;
                    ec = e;
                    response = std::move(r);
                }
            )
        );
        w.run_until([this] { return is_held(); });
    }

    bool finished() const { return done > 0; }

    /// Destroys the client; then nothing may be left of the call but Asio's lookup, which can't be interrupted.
    void settle() {
        client.reset();
        resolver.reset();
        w.settle();
        BOOST_TEST(done == 1);
        BOOST_TEST(w.server->stats().connections_open == 0u);
    }

    stage at;
    world w;
    request_options options;
    std::optional<async_llm::client> client;
    boost::asio::cancellation_signal signal;
    int done = 0;
    int others_done = 0;
    error_code ec;
    chat_response response;

private:
    void prepare() {
        auto late = testing::scripted_reply::completion("late");
        auto const url = [](std::string const& s, std::string const& host, std::uint16_t port) {
            return s + "://" + host + ":" + std::to_string(port);
        };
        switch (at) {
        case stage::queued:
            w.config.pool.max_connections = 1;
            late.latency = patience;
            break;
        case stage::resolving:
            resolver.emplace();
            w.endpoint.base_url = "https://slow.test/v1";
            break;
        case stage::connecting:
            hole.emplace();
            w.endpoint.base_url = url("https", "127.0.0.1", hole->port());
            break;
        case stage::proxy:
            w.server->set_accept_fault(testing::accept_fault::stall);
            w.config.proxy = url("http", "127.0.0.1", w.server->port());
            break;
        case stage::handshake:
        case stage::writing: w.server->set_accept_fault(testing::accept_fault::stall); break;
        case stage::waiting: late.latency = patience; break;
        case stage::mid_body:
            late.fault = testing::reply_fault::stall;
            late.fault_after = 200;
            break;
        }
        w.server->respond_with([late](testing::received_request const&) { return late; });
    }

    bool is_held() {
        auto const stats = client->stats();
        switch (at) {
        case stage::queued:
            return stats.connections_in_use == 1 && stats.waiting == 1 && w.server->request_count() == 1;
        case stage::resolving:
        case stage::connecting: return stats.connections_connecting == 1 && ++rounds > 5;
        case stage::proxy:
        case stage::handshake:
            return stats.connections_connecting == 1 && w.server->stats().connections_open == 1 &&
                ++rounds > 5;
        case stage::writing: return stats.connections_in_use == 1 && ++rounds > 5;
        case stage::waiting:
        case stage::mid_body: return w.server->request_count() == 1 && ++rounds > 5;
        }
        return false;
    }

    int rounds = 0;
    std::optional<blocked_resolver> resolver;
    std::optional<black_hole> hole;
};

inline std::ostream& operator<<(std::ostream& out, stage s) { return out << name_of(s); }

} // namespace async_llm::test

#endif
