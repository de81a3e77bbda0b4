// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/address_race.hpp"

#include "async/shortage.hpp"
#include "net/open_socket.hpp"

#include <boost/asio/bind_executor.hpp>

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

namespace async_llm::net {
namespace {

// Shared with the handlers of the attempts, which may end after the race.
struct race {
    explicit race(operation::strand_type const& s) : strand(s), news(s) {}

    // False: it has failed already.
    bool start(
        asio::any_io_executor const& executor,
        asio::ip::tcp::endpoint const& address,
        std::shared_ptr<race> self
    ) {
        auto const attempt = attempts.emplace(attempts.end(), executor);
        if (auto const ec = open_socket(*attempt, address.protocol())) {
            error = worse_error(error, ec);
            return false;
        }
        attempt->async_connect(
            address,
            asio::bind_executor(
                strand,
                [self = std::move(self), attempt](error_code ec) { self->on_connect(attempt, ec); }
            )
        );
        ++running;
        return true;
    }

    void on_connect(std::list<asio::ip::tcp::socket>::iterator attempt, error_code ec) {
        --running;
        if (done) return;
        if (ec) {
            error = worse_error(error, ec);
            // The next may need its descriptor.
            error_code ignored;
            attempt->close(ignored);
        } else if (!winner) {
            winner = attempt;
        }
        news.open();
    }

    void end() noexcept {
        done = true;
        error_code ignored;
        for (auto& socket : attempts) socket.close(ignored);
    }

    operation::strand_type strand;
    async_event news;
    std::list<asio::ip::tcp::socket> attempts; // a list, as the sockets must stay where they are
    std::optional<std::list<asio::ip::tcp::socket>::iterator> winner;
    std::size_t running = 0;
    error_code error;
    bool done = false;
};

// Ends it also after an exception: the attempts under way keep the race, and with it their sockets.
class race_end {
public:
    explicit race_end(std::shared_ptr<race> owner) noexcept : race_(std::move(owner)) {}
    race_end(race_end const&) = delete;
    race_end& operator=(race_end const&) = delete;
    ~race_end() { race_->end(); }

private:
    std::shared_ptr<race> race_;
};

failure all_failed(race const& r, endpoints const& addresses, std::string const& host) {
    auto const& first = addresses.front();
    auto text = host + ": " + r.error.message() + " (" + first.address().to_string() + " port " +
        std::to_string(first.port());
    if (addresses.size() > 1) text += " and " + std::to_string(addresses.size() - 1) + " more";
    return failure(errc::connect_failed, r.error, phase::connecting, text + ")");
}

} // namespace

endpoints interleave_families(endpoints const& list) {
    endpoints out;
    out.reserve(list.size());
    if (list.empty()) return out;
    endpoints rest(list);
    bool v6 = list.front().address().is_v6();
    while (!rest.empty()) {
        auto it =
            std::find_if(rest.begin(), rest.end(), [v6](auto const& e) { return e.address().is_v6() == v6; });
        if (it == rest.end()) it = rest.begin();
        out.push_back(*it);
        rest.erase(it);
        v6 = !v6;
    }
    return out;
}

asio::awaitable<failure> race_addresses(
    operation& op,
    asio::any_io_executor const& executor,
    endpoints const& addresses,
    std::chrono::milliseconds delay,
    std::string const& host,
    std::optional<asio::ip::tcp::socket>& socket
) {
    auto const r = std::make_shared<race>(op.strand());
    race_end const ends(r);
    auto next = addresses.begin();
    while (!r->winner && !op.stop_reason()) {
        auto next_start = std::chrono::steady_clock::time_point::max();
        if (next != addresses.end()) {
            if (!r->start(executor, *next++, r)) continue;
            if (next != addresses.end() && delay.count() > 0)
                next_start = std::chrono::steady_clock::now() + delay;
        } else if (r->running == 0) {
            break;
        }
        auto const running = r->running;
        while (!r->winner && r->running == running && !op.stop_reason() &&
               std::chrono::steady_clock::now() < next_start)
            co_await r->news.wait_until(next_start);
    }
    if (r->winner) socket.emplace(std::move(**r->winner));
    if (socket) co_return failure();
    if (op.stop_reason())
        co_return failure(op.stop_reason(), {}, phase::connecting, "no answer from " + host);
    co_return all_failed(*r, addresses, host);
}

} // namespace async_llm::net
