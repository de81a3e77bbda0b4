// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FWD_HPP
#define ASYNC_LLM_FWD_HPP

/// Forward declarations of the public types.
namespace async_llm {

enum class bulk_dedup;
enum class bulk_file_end;
enum class bulk_file_stage;
enum class condition;
enum class connection_origin;
enum class errc;
enum class finish_reason;
enum class long_retry_after;
enum class phase;
enum class reasoning_member;
enum class retry_stop;
enum class role;
enum class target_order;
enum class tool_failure_policy;
enum class when_limited;

template <class Enum>
class open_enum;

class bulk;
class bulk_error;
class bulk_file_control;
class bulk_file_error;
class bulk_source;
class chat_stream;
class client;
class completion_builder;
class completion_error;
class credential;
class debug_log;
class observer;
class reasoning_back;
class request_argument;
class toolbox;

struct api_error;
struct api_response;
struct assistant_message;
struct bulk_check_report;
struct bulk_file_options;
struct bulk_file_progress;
struct bulk_file_report;
struct bulk_input;
struct bulk_merge_report;
struct bulk_options;
struct bulk_progress;
struct bulk_refused_line;
struct bulk_report;
struct bulk_result;
struct bulk_shard;
struct chat_chunk;
struct chat_completion;
struct chat_request;
struct chat_response;
struct choice;
struct chunk_choice;
struct circuit_breaker_policy;
struct client_config;
struct client_stats;
struct concurrency_policy;
struct content_part;
struct dialect;
struct failed_attempt;
struct fallback_policy;
struct http_header;
struct hedging_policy;
struct message;
struct message_delta;
struct plugin;
struct pool_config;
struct prediction;
struct provider;
struct provider_preferences;
struct rate_limit;
struct rate_limit_info;
struct rate_limit_policy;
struct reasoning_options;
struct request_options;
struct response_format;
struct response_info;
struct retry_policy;
struct run_step;
struct run_tools_options;
struct spending;
class shared_limits;
struct spending_limits;
struct structured_options;
struct target;
struct timeouts;
struct timings;
struct tls_config;
struct token_logprob;
struct tool;
struct tool_call;
struct tool_call_delta;
struct tool_choice;
struct tool_invocation;
struct run_tools_result;
struct usage;

} // namespace async_llm

#endif
