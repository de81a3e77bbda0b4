// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_PRINTING_HPP
#define ASYNC_LLM_TEST_SUPPORT_PRINTING_HPP

#include <async_llm/error.hpp>

#include <ostream>

// What Boost.Test prints when a comparison with one of these fails; found by argument-dependent lookup.
namespace async_llm {

inline std::ostream& boost_test_print_type(std::ostream& out, errc value) {
    return out << make_error_code(value).message();
}

inline std::ostream& boost_test_print_type(std::ostream& out, condition value) {
    return out << make_error_condition(value).message();
}

} // namespace async_llm

#endif
