// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_CONFIG_HPP
#define ASYNC_LLM_DETAIL_CONFIG_HPP

#include <boost/system/error_code.hpp>

#if defined(ASYNC_LLM_SHARED)
#if defined(_WIN32)
#if defined(ASYNC_LLM_SOURCE)
#define ASYNC_LLM_DECL __declspec(dllexport)
#else
#define ASYNC_LLM_DECL __declspec(dllimport)
#endif
#else
#define ASYNC_LLM_DECL __attribute__((visibility("default")))
#endif
#else
#define ASYNC_LLM_DECL
#endif

namespace boost::asio {}

namespace async_llm {

namespace asio = boost::asio;

/// The error code of every operation of the library.
using error_code = boost::system::error_code;

} // namespace async_llm

#endif
