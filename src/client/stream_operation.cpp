// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "client/stream_operation.hpp"

#include "codec/ascii.hpp"
#include "codec/body_look.hpp"
#include "codec/decode_reply.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

// What may follow the end of a stream in its body. Usually that is the last chunk's few bytes, which come with it; a
// body that goes on costs its connection.
constexpr std::size_t max_drained = 64u * 1024;
constexpr std::chrono::milliseconds max_drain_time(250);

bool is_event_stream(std::string_view content_type) noexcept {
    return codec::iequals(codec::media_type(content_type), "text/event-stream");
}

codec::chunk_limits limits_of(client_config const& config, std::size_t max_document) {
    codec::chunk_limits limits;
    limits.max_event_size = config.max_event_size;
    limits.max_document_size = max_document;
    limits.decode = codec::decode_limits(config.max_json_depth);
    return limits;
}

bool carries_anything(chat_chunk const& chunk) noexcept { return !chunk.choices.empty() || chunk.usage; }

} // namespace

stream_operation::stream_operation(
    std::shared_ptr<client_impl> impl,
    chat_request request,
    request_options options,
    open_stream_handler handler
)
    : call_operation(std::move(impl), reply_kind::streamed, std::move(request), std::move(options)),
      opener_(impl_->executor(), std::move(handler)),
      news_(strand()),
      builder_(options_.max_response_size.value_or(config().max_response_size)),
      gathering_(options_.keep_completion),
      silence_(
          options_.first_content_timeout.value_or(config().timeouts.first_content),
          options_.content_idle_timeout.value_or(config().timeouts.content_idle)
      ) {}

void stream_operation::start(std::shared_ptr<stream_operation> const& op) {
    op->register_self();
    op->opener_.forward_cancellation(op);
    net::launch(op);
}

// ---------------------------------------------------------------------------------------------------- the user's side

void stream_operation::start_next(next_handler handler) {
    pending_next pending(executor(), std::move(handler));
    if (!claim()) return pending.complete(errc::operation_in_progress, std::nullopt);
    auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
    chat_chunk chunk;
    if (!cancelled_ && take_parsed(chunk) == outcome::chunk) {
        note(chunk);
        unclaim();
        return pending.complete(error_code(), std::move(chunk));
    }
    pending.forward_cancellation(self);
    asio::post(strand(), [self, pending = std::move(pending)]() mutable {
        self->next_.emplace(std::move(pending));
        self->on_demand();
    });
}

void stream_operation::start_collect(collect_handler handler) {
    pending_collect pending(executor(), std::move(handler));
    if (!claim()) return pending.complete(errc::operation_in_progress, chat_response());
    auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
    gathering_ = gathering_ || !options_.keep_completion;
    pending.forward_cancellation(self);
    asio::post(strand(), [self, pending = std::move(pending)]() mutable {
        self->collect_.emplace(std::move(pending));
        self->on_demand();
    });
}

std::optional<chat_chunk> stream_operation::try_next() {
    if (cancelled_ || !claim()) return std::nullopt;
    std::optional<chat_chunk> result;
    chat_chunk chunk;
    if (take_parsed(chunk) == outcome::chunk) {
        note(chunk);
        result.emplace(std::move(chunk));
    }
    unclaim();
    return result;
}

void stream_operation::cancel() {
    cancelled_ = true;
    request_stop(asio::error::operation_aborted);
}

void stream_operation::abandon() {
    // Nobody will ask again, so what was claimed need not be given back.
    if (claim() && ended_) return;
    cancel();
}

chat_response stream_operation::snapshot() const {
    chat_response result;
    result.info = response_.info;
    result.error = response_.error;
    result.completion = builder_.completion();
    return result;
}

/// Lets the user's handler go if the coroutine is destroyed instead of ended, as it is together with its loop.
/** The handler may be a coroutine that owns the stream, which owns the operation, which owns the handler. */
class stream_operation::farewell {
public:
    explicit farewell(std::weak_ptr<net::operation> op) : op_(std::move(op)) {}
    farewell(farewell const&) = delete;
    farewell& operator=(farewell const&) = delete;
    ~farewell() {
        // After an end, and after an exception, finish() answers.
        if (ended_ || std::uncaught_exceptions() > 0) return;
        auto const op = std::static_pointer_cast<stream_operation>(op_.lock());
        if (!op) return;
        op->next_.reset();
        op->collect_.reset();
    }

    void ended() noexcept { ended_ = true; }

private:
    std::weak_ptr<net::operation> op_;
    bool ended_ = false;
};

// -------------------------------------------------------------------------------------------------- the reading side

stream_operation::outcome stream_operation::take_parsed(chat_chunk& chunk) {
    if (ended_) return *ended_;
    if (first_) {
        chunk = std::move(*first_);
        first_.reset();
        return outcome::chunk;
    }
    auto how = reader_->next(chunk);
    if (how == outcome::need_more) {
        parser_->body().clear();
        if (!body_ended_ || end_told_) return how;
        end_told_ = true;
        reader_->put_end(!broken_);
        how = reader_->next(chunk);
    }
    if (how == outcome::failed && !last_) last_.emplace(std::move(chunk));
    return how;
}

void stream_operation::note(chat_chunk const& chunk) {
    if (chunk.has_content()) {
        auto& first = response_.info.timings.first_content;
        if (first.count() == 0) first = between(progress_.written, steady::now());
        silence_.content();
    }
    if (!gathering_) return;
    builder_error_ = builder_.add(chunk);
    gathering_ = !builder_error_;
}

// ------------------------------------------------------------------------------------------------- opening the stream

asio::awaitable<void> stream_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto failed = co_await open();
    if (failed) {
        end_badly(std::move(failed));
        co_return;
    }
    opened_ = true;
    // From here on a cancellation is about the stream as a whole, which it ends whatever its type.
    refuses_total_ = false;
    auto self = std::static_pointer_cast<stream_operation>(shared_from_this());
    farewell parting(self);
    unclaim();
    opener_.complete(error_code(), chat_stream(std::move(self)));
    co_await serve();
    parting.ended();
}

asio::awaitable<net::failure> stream_operation::open() {
    auto failed = co_await send();
    if (failed) co_return failed;
    silence_.waited(between(progress_.written, steady::now()));
    enter(silence_.error(), silence_.left());
    if (response_.info.status >= 300 || response_.info.status == 204)
        failed = co_await read_refusal();
    else
        failed = co_await read_start();
    leave();
    co_return failed;
}

/// Reads the whole reply of a provider that will not stream, for what it says.
asio::awaitable<net::failure> stream_operation::read_refusal() {
    auto const max_size = options_.max_response_size.value_or(config().max_response_size);
    auto& body = parser_->body();
    for (;;) {
        if (max_size != 0 && body.size() > max_size) {
            error_code const ec = errc::response_too_large;
            co_return net::failure(ec, {}, phase::reading, ec.message());
        }
        if (parser_->complete()) break;
        auto failed = co_await net::receive(*this, *lease_, *parser_, progress_);
        if (failed) co_return failed;
    }
    auto const& info = response_.info;
    codec::reply_view const reply(info.status, info.field("content-type"), body);
    codec::decode_limits const limits(config().max_json_depth);
    std::string detail;
    auto const ec = codec::decode_reply(reply, limits, response_.completion, response_.error, detail);
    if (options_.keep_body) response_.info.body = std::move(body);
    co_return net::failure(ec, {}, phase::finished, std::move(detail));
}

void stream_operation::make_reader() {
    auto const max_document = options_.max_response_size.value_or(config().max_response_size);
    auto const& info = response_.info;
    reader_.emplace(info.status, std::string(info.field("content-type")), limits_of(config(), max_document));
    body_ended_ = parser_->complete();
    reader_->put(parser_->body());
}

/// Reads until it is known that the reply is a stream, which its head may say.
asio::awaitable<net::failure> stream_operation::read_start() {
    make_reader();
    if (is_event_stream(response_.info.field("content-type"))) co_return net::failure();
    while (!reader_->is_stream()) {
        chat_chunk chunk;
        auto const how = take_parsed(chunk);
        if (how == outcome::chunk) {
            first_.emplace(std::move(chunk));
            co_return net::failure();
        }
        if (how != outcome::need_more) {
            if (options_.keep_body) response_.info.body = reader_->document();
            co_return why_failed();
        }
        auto failed = co_await receive_more();
        if (failed) co_return failed;
    }
    co_return net::failure();
}

// -------------------------------------------------------------------------------------------------- while somebody asks

asio::awaitable<void> stream_operation::serve() {
    while (!finished_ && !stopped()) {
        if (!next_ && !collect_) {
            co_await news_.wait();
            continue;
        }
        chat_chunk chunk;
        auto how = outcome::need_more;
        if (next_)
            how = co_await fetch(chunk);
        else
            how = co_await fetch_all();
        if (how == outcome::end) co_await end_well();
        if (how == outcome::failed) end_badly(why_failed());
        answer(how, std::move(chunk));
        if (how != outcome::chunk) co_return;
    }
}

/// Waits for more of the body. The failure, if any, is that the operation was stopped.
asio::awaitable<net::failure> stream_operation::receive_more() {
    broken_ = co_await net::receive(*this, *lease_, *parser_, progress_);
    if (stopped()) co_return std::exchange(broken_, net::failure());
    body_ended_ = broken_ || parser_->complete();
    reader_->put(parser_->body());
    co_return net::failure();
}

asio::awaitable<stream_operation::outcome> stream_operation::fetch(chat_chunk& chunk) {
    auto how = take_parsed(chunk);
    if (how == outcome::need_more) {
        auto const since = steady::now();
        enter(silence_.error(), silence_.left());
        while (how == outcome::need_more) {
            broken_ = co_await receive_more();
            // A stream that has said how it finished, and has nothing more to say, has ended well.
            bool const silent = stopped() == errc::stream_stalled && reader_->has_finished();
            if (broken_) co_return silent ? outcome::end : outcome::failed;
            how = take_parsed(chunk);
        }
        leave();
        silence_.waited(steady::now() - since);
    }
    if (how == outcome::chunk) note(chunk);
    co_return how;
}

asio::awaitable<stream_operation::outcome> stream_operation::fetch_all() {
    auto how = outcome::chunk;
    while (how == outcome::chunk && !builder_error_) {
        chat_chunk chunk;
        how = co_await fetch(chunk);
    }
    if (builder_error_ && how != outcome::failed) {
        broken_ = net::failure(builder_error_, {}, phase::reading, builder_.detail());
        how = outcome::failed;
    } else if (how == outcome::end && builder_.completion().choices.empty()) {
        error_code const ec = errc::invalid_response;
        broken_ = net::failure(ec, {}, phase::reading, "the stream ended without a choice");
        how = outcome::failed;
    }
    co_return how;
}

/// The stream has ended: drops the rest of the body, so that the connection can serve again.
asio::awaitable<void> stream_operation::end_well() {
    std::size_t dropped = 0;
    enter(errc::stream_stalled, max_drain_time);
    while (!parser_->complete() && dropped < max_drained && !stopped()) {
        parser_->body().clear();
        auto const failed = co_await net::receive(*this, *lease_, *parser_, progress_);
        if (failed) break;
        dropped += parser_->body().size();
    }
    leave();
    release(parser_->complete());
    ended_ = outcome::end;
    response_.info.phase = phase::finished;
    response_.info.timings.total = steady::now() - started();
    reader_.reset();
    parser_.reset();
    unregister_self(true);
}

void stream_operation::end_badly(net::failure why) {
    // Reading what an error tells to its end leaves a connection that can serve again.
    release(!opened_ && parser_ && parser_->complete());
    if (last_ && gathering_) builder_.add(*last_);
    fail(std::move(why));
    ended_ = outcome::failed;
    response_.info.timings.total = steady::now() - started();
    reader_.reset();
    parser_.reset();
    unregister_self(false);
}

net::failure stream_operation::why_failed() {
    if (stopped()) return net::failure(stopped(), {}, progress_.phase, "the stream did not end");
    // The reader knows only that the body broke off; the connection knows why.
    bool const cut = !reader_ || reader_->ec() == errc::truncated_response || !reader_->ec();
    if (broken_ && cut) return broken_;
    response_.error = std::move(reader_->error());
    return net::failure(reader_->ec(), {}, progress_.phase, std::move(reader_->detail()));
}

void stream_operation::answer(outcome how, chat_chunk chunk) {
    if (next_) {
        auto pending = std::move(*next_);
        next_.reset();
        std::optional<chat_chunk> result;
        if (how == outcome::chunk) result.emplace(std::move(chunk));
        if (how == outcome::failed && last_ && carries_anything(*last_)) result = *last_;
        auto const ec = ec_;
        unclaim();
        pending.complete(ec, std::move(result));
    } else if (collect_) {
        auto pending = std::move(*collect_);
        collect_.reset();
        auto response = snapshot();
        auto ec = ec_;
        if (!ec && builder_error_) {
            // The stream was read to its end chunk by chunk, which goes on where gathering does not.
            ec = builder_error_;
            response.info.detail = builder_.detail();
        }
        unclaim();
        pending.complete(ec, std::move(response));
    }
}

void stream_operation::on_demand() {
    if (!finished_) return news_.open();
    if (!ended_) end_badly(std::move(verdict_));
    answer(*ended_, chat_chunk());
}

void stream_operation::finish(std::exception_ptr exception) noexcept {
    finished_ = true;
    auto why = net::failure(stopped(), {}, phase::reading, "the stream was ended while nobody read it");
    if (exception) why = to_failure(exception, progress_.phase);
    if (!opened_) {
        if (!ended_) end_badly(std::move(why));
        unclaim();
        auto self = std::static_pointer_cast<stream_operation>(shared_from_this());
        opener_.complete(ec_, chat_stream(std::move(self)));
    } else if (next_ || collect_) {
        end_badly(std::move(why));
        answer(outcome::failed, chat_chunk());
    } else if (lease_) {
        // The reading side is the user's now. What it will be told has to wait until it asks.
        verdict_ = std::move(why);
        release(false);
        unregister_self(false);
    }
}

} // namespace async_llm::detail
