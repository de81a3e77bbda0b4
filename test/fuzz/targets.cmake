# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# Each NAME has NAME.cpp with the function fuzz_NAME, NAME.dict and corpus/NAME, and stands in replay.cpp.
set(
    fuzz_targets
    sse_parser
    decode_reply
    chunk_reader
    chunk_template
    decode_error
    decode_memory
    json_repair
    response_parser
    content_decoder
    batch_request
    resume_scan
)
if(ASYNC_LLM_HTTP2)
    list(APPEND fuzz_targets http2_session)
endif()
