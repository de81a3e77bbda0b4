// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_VERSION_HPP
#define ASYNC_LLM_VERSION_HPP

/// Major, minor and patch version of the library, after semantic versioning.
#define ASYNC_LLM_VERSION_MAJOR 0
#define ASYNC_LLM_VERSION_MINOR 1
#define ASYNC_LLM_VERSION_PATCH 0

/// Version as text, which the default `User-Agent` carries.
#define ASYNC_LLM_VERSION_STRING "0.1.0"

#endif
