# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# Makes the imported target async_llm::nghttp2, in the build and, of a static library, in the installed package.

find_path(ASYNC_LLM_NGHTTP2_INCLUDE_DIR nghttp2/nghttp2.h)
find_library(ASYNC_LLM_NGHTTP2_LIBRARY nghttp2)
if(NOT ASYNC_LLM_NGHTTP2_INCLUDE_DIR OR NOT ASYNC_LLM_NGHTTP2_LIBRARY)
    message(FATAL_ERROR "async_llm is built with HTTP/2 and needs libnghttp2 (on Debian: libnghttp2-dev)")
endif()
if(NOT TARGET async_llm::nghttp2)
    add_library(async_llm::nghttp2 UNKNOWN IMPORTED GLOBAL)
    set_target_properties(
        async_llm::nghttp2
        PROPERTIES
            IMPORTED_LOCATION "${ASYNC_LLM_NGHTTP2_LIBRARY}"
            INTERFACE_INCLUDE_DIRECTORIES "${ASYNC_LLM_NGHTTP2_INCLUDE_DIR}"
    )
endif()
