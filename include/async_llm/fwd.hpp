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

template <class Enum>
class open_enum;

class client;
class completion_error;
class credential;

struct api_error;
struct assistant_message;
struct chat_completion;
struct chat_request;
struct chat_response;
struct choice;
struct client_config;
struct client_stats;
struct content_part;
struct dialect;
struct header;
struct message;
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
struct timeouts;
struct timings;
struct tls_config;
struct token_logprob;
struct tool;
struct tool_call;
struct tool_choice;
struct usage;

} // namespace async_llm

#endif
