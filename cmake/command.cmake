# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# The program async-llm needs what the library itself does not: CLI11 and zlib (on Debian: libcli11-dev, zlib1g-dev).
find_package(CLI11 CONFIG QUIET)
find_package(ZLIB QUIET)
if(PROJECT_IS_TOP_LEVEL AND CLI11_FOUND AND ZLIB_FOUND)
    option(ASYNC_LLM_BUILD_COMMAND "Build the program async-llm" ON)
else()
    option(ASYNC_LLM_BUILD_COMMAND "Build the program async-llm" OFF)
endif()
if(ASYNC_LLM_BUILD_COMMAND AND NOT (CLI11_FOUND AND ZLIB_FOUND))
    message(FATAL_ERROR "the program async-llm needs CLI11 and zlib (on Debian: libcli11-dev zlib1g-dev)")
endif()
