// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STREAM_PENDING_NEXT_HPP
#define ASYNC_LLM_CLIENT_STREAM_PENDING_NEXT_HPP

#include "async/pending_handler.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_stream.hpp>
#include <async_llm/detail/config.hpp>

#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

namespace async_llm::detail {

/// Pending `async_next`, which fills its own chunk or the caller's.
/** Either way the chunk is where it will be from the beginning: to move one costs as much as to read one. */
class pending_next {
public:
    explicit pending_next(next_handler handler)
        : handler_(std::in_place_type<own_handler>, std::move(handler)),
          own_(std::make_shared<own_result>(error_code(), std::in_place)),
          chunk_(&*std::get<1>(*own_)) {}

    pending_next(next_into_handler handler, chat_chunk& lent)
        : handler_(std::in_place_type<lent_handler>, std::move(handler)), chunk_(&lent) {}

    chat_chunk& chunk() noexcept { return *chunk_; }

    /// As of \ref pending_handler.
    template <class Operation>
    void forward_cancellation(std::shared_ptr<Operation> const& operation) {
        std::visit([&operation](auto& handler) { handler.forward_cancellation(operation); }, handler_);
    }

    /// Calls the handler on its executor, never from within. `filled`: the chunk is to be seen.
    void complete(error_code ec, bool filled) {
        if (auto* const lent = std::get_if<lent_handler>(&handler_)) {
            if (!filled) *chunk_ = chat_chunk();
            return lent->complete(ec, filled && !ec);
        }
        auto& [error, chunk] = *own_;
        error = ec;
        if (!filled) chunk.reset();
        std::get<own_handler>(handler_).complete_from(own_, error, chunk);
    }

    /// Completes with an error, and no chunk.
    void complete_with(error_code ec) { complete(ec, false); }

private:
    using own_result = std::tuple<error_code, std::optional<chat_chunk>>;
    using own_handler = pending_handler<error_code, std::optional<chat_chunk>>;
    using lent_handler = pending_handler<error_code, bool>;

    std::variant<own_handler, lent_handler> handler_;
    std::shared_ptr<own_result> own_;
    chat_chunk* chunk_;
};

} // namespace async_llm::detail

#endif
