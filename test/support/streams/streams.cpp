// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/streams.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

namespace async_llm::test {

opening_ptr start_stream(client const& from, chat_request request, request_options options) {
    auto result = std::make_shared<opening>();
    from.async_stream(
        std::move(request),
        std::move(options),
        asio::bind_cancellation_slot(
            result->cancel.slot(),
            [result](error_code ec, chat_stream stream) {
                BOOST_TEST(!result->done);
                result->ec = ec;
                result->stream = std::move(stream);
                result->done = true;
            }
        )
    );
    return result;
}

opening_ptr
open_stream(client_fixture& w, client const& from, chat_request request, request_options options) {
    auto result = start_stream(from, std::move(request), std::move(options));
    w.run_until([&result] { return result->done; });
    BOOST_TEST(static_cast<bool>(result->stream));
    return result;
}

chat_stream open_well(client_fixture& w, client const& from, chat_request request, request_options options) {
    auto const result = open_stream(w, from, std::move(request), std::move(options));
    BOOST_REQUIRE_MESSAGE(!result->ec, result->ec.message() + ": " + result->stream.info().detail);
    return std::move(result->stream);
}

taking_ptr start_next(chat_stream& from) {
    auto result = std::make_shared<taking>();
    from.async_next(asio::bind_cancellation_slot(
        result->cancel.slot(),
        [result](error_code ec, std::optional<chat_chunk> chunk) {
            BOOST_TEST(!result->done);
            result->ec = ec;
            result->chunk = std::move(chunk);
            result->done = true;
        }
    ));
    return result;
}

taking_ptr start_next(chat_stream& from, chat_chunk& into) {
    auto result = std::make_shared<taking>();
    from.async_next(
        into,
        asio::bind_cancellation_slot(
            result->cancel.slot(),
            [result](error_code ec, bool more) {
                BOOST_TEST(!result->done);
                result->ec = ec;
                result->more = more;
                result->done = true;
            }
        )
    );
    return result;
}

namespace {

taking_ptr await(client_fixture& w, taking_ptr result) {
    BOOST_TEST(!result->done); // never from within
    w.run_until([&result] { return result->done; });
    return result;
}

} // namespace

taking_ptr next(client_fixture& w, chat_stream& from) { return await(w, start_next(from)); }

taking_ptr next(client_fixture& w, chat_stream& from, chat_chunk& into) {
    auto result = await(w, start_next(from, into));
    // As the other form has it.
    bool const reported = result->ec && (!into.choices.empty() || into.usage);
    BOOST_TEST((!result->ec || !result->more));
    if (result->more || reported) result->chunk = into;
    return result;
}

whole_stream read_all(client_fixture& w, chat_stream& from) {
    whole_stream result;
    chat_chunk chunk;
    for (;;) {
        auto const taken = result.chunks.size() % 2 == 0 ? next(w, from) : next(w, from, chunk);
        if (taken->ec || !taken->chunk) {
            result.ec = taken->ec;
            result.last = std::move(taken->chunk);
            return result;
        }
        result.text += taken->chunk->text();
        result.chunks.push_back(std::move(*taken->chunk));
    }
}

std::string event(std::string const& data) { return "data: " + data + "\n\n"; }

std::string says(std::string const& text) {
    return event(
        R"({"id":"c-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":")" +
        text + R"("},"finish_reason":null}]})"
    );
}

std::string finishes(std::string const& reason) {
    return event(
        R"({"id":"c-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":")" +
        reason + R"("}]})"
    );
}

std::vector<std::string> counted_events(std::size_t count) {
    std::vector<std::string> result;
    result.reserve(count + 2);
    for (std::size_t i = 0; i < count; ++i) result.push_back(says(std::to_string(i) + " "));
    result.push_back(finishes());
    result.push_back(done());
    return result;
}

std::string counted_text(std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += std::to_string(i) + " ";
    return result;
}

} // namespace async_llm::test
