// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CALL_CALL_SPENDING_HPP
#define ASYNC_LLM_CLIENT_CALL_CALL_SPENDING_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "client/state/client_state.hpp"
#include "client/state/spending_account.hpp"
#include "policy/spending/spending_ledger.hpp"
#include <async_llm/chat_completion.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace async_llm::detail {

/// Reservations of one call, for all its attempts: of its client, and of the run that it is part of.
/** The run has made its own. Two calls that are hedged share that, and each makes another of the client.
 * Thread safety: none. */
class call_spending {
public:
    /// Makes that of a call; null if nothing limits what it spends. `run`: null: it is part of none.
    static std::unique_ptr<call_spending> make(client_state& state, std::shared_ptr<spending_share> run);

    call_spending(std::shared_ptr<spending_account> client, std::shared_ptr<spending_share> run)
        : client_(std::move(client)), run_(std::move(run)) {}

    /// Reserves what the call may take, once for all attempts. False: \ref wait_reserved has to be called.
    /** `failed`: as of \ref spending_account::try_reserve. */
    bool try_reserve(net::operation& op, std::int64_t expected_tokens, int priority, net::failure& failed);
    bool is_waiting() const noexcept { return own_.is_waiting(); }
    /// Waits for the reservation. The failure: as of \ref spending_account::wait_reserved.
    asio::awaitable<net::failure> wait_reserved(net::operation& op) {
        return client_->wait_reserved(op, own_);
    }

    /// Takes the usage of the present attempt; the last one counts.
    void note_usage(usage const& reported) noexcept;
    /// Spends what the attempt has taken.
    void end_attempt(policy::attempt_charge charge) noexcept;
    /// Frees what is left of the reservations. Does nothing the second time.
    void end() noexcept;

private:
    std::shared_ptr<spending_account> client_; // null: there are no caps
    spending_share own_;
    std::shared_ptr<spending_share> run_;
    policy::attempt_use use_;
    bool reserved_ = false;
};

} // namespace async_llm::detail

#endif
