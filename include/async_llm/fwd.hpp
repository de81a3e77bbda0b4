// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FWD_HPP
#define ASYNC_LLM_FWD_HPP

/// Forward declarations of the public types.
namespace async_llm {

enum class condition;
enum class errc;
enum class finish_reason;
enum class phase;
enum class role;
enum class tool_failure_policy;

template <class Enum>
class open_enum;

class chat_stream;
class client;
class completion_builder;
class completion_error;
class credential;
class toolbox;

struct api_error;
struct assistant_message;
struct chat_chunk;
struct chat_completion;
struct chat_request;
struct chat_response;
struct choice;
struct chunk_choice;
struct client_config;
struct client_stats;
struct content_part;
struct dialect;
struct header;
struct message;
struct message_delta;
struct plugin;
struct pool_config;
struct prediction;
struct provider;
struct provider_preferences;
struct rate_limit_info;
struct reasoning_options;
struct request_options;
struct response_format;
struct response_info;
struct run_step;
struct run_tools_options;
struct structured_options;
struct timeouts;
struct timings;
struct tls_config;
struct token_logprob;
struct tool;
struct tool_call;
struct tool_call_delta;
struct tool_choice;
struct tool_invocation;
struct tool_run;
struct usage;

} // namespace async_llm

#endif
