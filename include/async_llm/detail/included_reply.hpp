// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_INCLUDED_REPLY_HPP
#define ASYNC_LLM_DETAIL_INCLUDED_REPLY_HPP

namespace async_llm {

template <class T>
struct structured_reply;

namespace detail {

/// Names the reply of `complete_as`, if the header is included that has it.
template <class T>
struct included_reply {
    static_assert(
        requires { sizeof(structured_reply<T>); },
        "async_llm: complete_as needs #include <async_llm/structured_output.hpp>"
    );
    using type = structured_reply<T>;
};

template <class T>
using reply_as = typename included_reply<T>::type;

} // namespace detail

} // namespace async_llm

#endif
