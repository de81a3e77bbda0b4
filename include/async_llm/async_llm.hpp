// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_LLM_HPP
#define ASYNC_LLM_ASYNC_LLM_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/api_response.hpp>
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/chat_stream.hpp>
#include <async_llm/client.hpp>
#include <async_llm/client_config.hpp>
#include <async_llm/client_stats.hpp>
#include <async_llm/completion_builder.hpp>
#include <async_llm/completion_error.hpp>
#include <async_llm/error.hpp>
#include <async_llm/fallback.hpp>
#include <async_llm/fwd.hpp>
#include <async_llm/message.hpp>
#include <async_llm/open_enum.hpp>
#include <async_llm/openrouter.hpp>
#include <async_llm/provider.hpp>
#include <async_llm/request_argument.hpp>
#include <async_llm/request_options.hpp>
#include <async_llm/response_info.hpp>
#include <async_llm/retry_policy.hpp>
#include <async_llm/run_tools.hpp>
#include <async_llm/spending_limits.hpp>
#include <async_llm/tool.hpp>
#include <async_llm/traffic_policy.hpp>
#include <async_llm/version.hpp>
#include <async_llm/with_response.hpp>

/// \file
/// Completions, streams and tools with one include.
/**
 * Left out, since most files that make a call need none of it and each takes its time to compile: `bulk.hpp`
 * (many completions from a source of requests), `bulk_file.hpp` and `bulk_merge.hpp` (files of requests),
 * `structured_output.hpp`, `json_schema.hpp` and `schema_notes.hpp` (typed answers, which bring
 * Boost.Describe), `observer.hpp`, `telemetry.hpp` and `debug_log.hpp`, and the test kit in `testing`.
 */

#endif
