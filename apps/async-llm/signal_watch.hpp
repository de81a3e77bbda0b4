// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_SIGNAL_WATCH_HPP
#define ASYNC_LLM_COMMAND_SIGNAL_WATCH_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <functional>
#include <unistd.h>
#include <utility>

namespace async_llm::command {

/// Handler of SIGTERM and SIGINT while it lives. A third signal ends the process.
class signal_watch {
public:
    /// `on_signal`: called with the number of signals so far, 1 and 2, on the context.
    signal_watch(boost::asio::io_context& io, std::function<void(int count)> on_signal)
        : signals_(io, SIGTERM, SIGINT), on_signal_(std::move(on_signal)) {
        wait();
    }

    /// Lets the context run out of work.
    void stop() { signals_.cancel(); }

    /// Signals so far.
    int count() const noexcept { return count_; }

private:
    void wait() {
        signals_.async_wait([this](boost::system::error_code ec, int signal) {
            if (ec) return;
            if (++count_ > 2) _exit(128 + signal);
            wait();
            on_signal_(count_);
        });
    }

    boost::asio::signal_set signals_;
    std::function<void(int)> on_signal_;
    int count_ = 0;
};

} // namespace async_llm::command

#endif
