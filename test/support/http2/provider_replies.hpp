// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_HTTP2_PROVIDER_REPLIES_HPP
#define ASYNC_LLM_TEST_SUPPORT_HTTP2_PROVIDER_REPLIES_HPP

#include <async_llm/testing/mock_provider.hpp>

#include <boost/json/parse.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace async_llm::test::http2 {

/// Options of a mock provider that speaks HTTP/2.
inline testing::mock_options http2_options() {
    testing::mock_options options;
    options.http2 = true;
    return options;
}

/// Text of a completion's first choice.
inline std::string text_of(std::string const& body) {
    auto const completion = boost::json::parse(body);
    return std::string(completion.at("choices").at(0).at("message").at("content").as_string());
}

/// Completion that comes after this time.
inline testing::scripted_reply after(std::chrono::milliseconds latency, std::string text = "late") {
    auto reply = testing::scripted_reply::completion(std::move(text));
    reply.latency = latency;
    return reply;
}

/// Reply that does not come while a test lasts.
inline testing::scripted_reply never() { return after(std::chrono::hours(1)); }

} // namespace async_llm::test::http2

#endif
