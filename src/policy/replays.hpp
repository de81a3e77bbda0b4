// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_REPLAYS_HPP
#define ASYNC_LLM_POLICY_REPLAYS_HPP

#include <utility>

namespace async_llm::policy {

/// Reason why a request went nowhere, although a connection had taken it.
enum class lost_request {
    /// None: it may have been acted on, or the failure has nothing to do with the connection.
    none,
    /// The connection had died while it was unused.
    dead_connection,
    /// The server acts on no more requests of this connection (GOAWAY), or the request never left.
    not_processed,
    /// The server refused this request (REFUSED_STREAM), or wants another version of HTTP for it.
    refused,
};

/// Replays of one attempt: requests that no server has acted on are sent again, and count as one attempt.
/**
 * A dead connection is followed by one that is new, once. A server may end one connection after the other
 * beneath a call that waits for its turn, so that is allowed \ref most_moves times. A refusal is obeyed once;
 * the second one is a failure, after which the call waits. Thread safety: none.
 */
class replays {
public:
    static constexpr int most_moves = 10;

    /// Takes one replay. False: it is used up, or there is no reason for one.
    bool take(lost_request reason) noexcept {
        switch (reason) {
        case lost_request::dead_connection: return !std::exchange(fresh_only_, true);
        case lost_request::not_processed: return moves_++ < most_moves;
        case lost_request::refused: return !std::exchange(refused_, true);
        case lost_request::none: break;
        }
        return false;
    }

    /// Returns whether the next connection has to be one that is new.
    bool fresh_only() const noexcept { return fresh_only_; }

private:
    int moves_ = 0;
    bool fresh_only_ = false;
    bool refused_ = false;
};

} // namespace async_llm::policy

#endif
