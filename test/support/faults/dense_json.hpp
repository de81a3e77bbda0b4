// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FAULTS_DENSE_JSON_HPP
#define ASYNC_LLM_TEST_SUPPORT_FAULTS_DENSE_JSON_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// Shape of a body that costs a decoder much for its size.
struct dense_shape {
    dense_shape(std::string n, std::string b, std::string u, std::string a)
        : name(std::move(n)), before(std::move(b)), unit(std::move(u)), after(std::move(a)) {}

    std::string name;
    std::string before;
    /// Repeated with commas between; `#` becomes the number of the repetition.
    std::string unit;
    std::string after;

    /// The body of about so many bytes.
    std::string body(std::size_t size) const;
};

/// Body that a peer may send in place of a reply, or of an event.
std::vector<dense_shape> const& dense_shapes();

/// The names of so many members that fall into one bucket of a json::object of that capacity, whatever its
/// table's address.
/** They agree in the low bits of their FNV-1a hash, for every salt whose low bits are these. */
std::vector<std::string> colliding_names(std::size_t count, std::size_t capacity, std::size_t salt);

} // namespace async_llm::test

#endif
