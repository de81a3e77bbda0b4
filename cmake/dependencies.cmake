# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# CONFIG mode, because the FindBoost of CMake 3.25 knows no Boost newer than 1.80.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers OPTIONAL_COMPONENTS json)
find_package(OpenSSL 3.0 REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# Debian packs the compiled Boost.JSON apart from the headers. Without it the library compiles the headers' own
# implementation; doing both would define every symbol twice.
if(TARGET Boost::json)
    set(ASYNC_LLM_BOOST_COMPONENTS headers json)
else()
    set(ASYNC_LLM_BOOST_COMPONENTS headers)
endif()

# HTTP/2 is optional, and libnghttp2 private to src/net/http2. Debian's package has no CMake configuration.
find_path(ASYNC_LLM_NGHTTP2_INCLUDE_DIR nghttp2/nghttp2.h)
find_library(ASYNC_LLM_NGHTTP2_LIBRARY nghttp2)
mark_as_advanced(ASYNC_LLM_NGHTTP2_INCLUDE_DIR ASYNC_LLM_NGHTTP2_LIBRARY)
if(ASYNC_LLM_NGHTTP2_INCLUDE_DIR AND ASYNC_LLM_NGHTTP2_LIBRARY)
    option(ASYNC_LLM_HTTP2 "Build HTTP/2 in, on libnghttp2" ON)
else()
    option(ASYNC_LLM_HTTP2 "Build HTTP/2 in, on libnghttp2" OFF)
endif()
if(ASYNC_LLM_HTTP2)
    include(${CMAKE_CURRENT_LIST_DIR}/nghttp2.cmake)
endif()
