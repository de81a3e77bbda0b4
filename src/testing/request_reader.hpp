// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_REQUEST_READER_HPP
#define ASYNC_LLM_TESTING_REQUEST_READER_HPP

#include <async_llm/testing/received_request.hpp>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <string>

namespace async_llm::testing {

/// Reads one HTTP request out of bytes that come in pieces.
class request_reader {
public:
    enum class state { incomplete, complete, malformed };

    request_reader(std::size_t max_head_size, std::size_t max_body_size);

    /// Takes what belongs to the request from the front of `input` and leaves the rest there.
    state feed(std::string& input);

    /// Returns whether nothing of the request has come yet.
    bool untouched() const noexcept { return head_.empty(); }

    /// Returns whether the client waits for a 100 before it sends the body; true once at the most.
    bool take_continue_wish();

    /// The status a malformed request is answered with.
    int error_status() const noexcept { return error_status_; }

    /// Returns whether the client lets the connection live on. Precondition: complete.
    bool keep_alive() const { return parser_.keep_alive(); }

    /// Moves the request out. Precondition: complete.
    void take(received_request& request);

private:
    state read_head(std::string& input);
    state read_body(std::string& input);
    state fail(int status) noexcept;

    boost::beast::http::request_parser<boost::beast::http::string_body> parser_;
    std::size_t max_head_size_;
    std::string head_;
    bool wants_continue_ = false;
    int error_status_ = 0;
};

} // namespace async_llm::testing

#endif
