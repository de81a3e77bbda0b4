// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_REFERENCE_JSON_HPP
#define ASYNC_LLM_TEST_SUPPORT_REFERENCE_JSON_HPP

#include <async_llm/detail/config.hpp>

#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace async_llm::test {

/// The value at the beginning of a text as Boost.JSON's own parser makes it when it is given all of the text.
/** `used`: the bytes that it took, or where it went wrong; null is returned then. */
inline boost::json::value
parse_with_boost(std::string_view text, std::size_t max_depth, std::size_t& used, error_code& ec) {
    boost::json::parse_options options;
    // More than the library allows in any case.
    options.max_depth = std::min<std::size_t>(max_depth, 1000);
    boost::json::parser parser(boost::json::storage_ptr(), options);
    used = parser.write_some(text.data(), text.size(), ec);
    return ec ? boost::json::value() : parser.release();
}

} // namespace async_llm::test

#endif
