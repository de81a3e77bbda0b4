# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# The source files of the library, layer by layer, of which each has a README.md, and of its test kit.
# scripts/check_architecture finds a file that is missing here.

set(
    async_llm_base_sources
    base/base64.cpp
    base/sanitize.cpp
    base/type_name.cpp
)

set(
    async_llm_types_sources
    types/bulk_file_types.cpp
    types/bulk_types.cpp
    types/chat_chunk.cpp
    types/chat_completion.cpp
    types/chat_request.cpp
    types/client_config.cpp
    types/completion_error.cpp
    types/errc_facts.cpp
    types/endpoint_request.cpp
    types/error.cpp
    types/provider.cpp
    types/request_argument.cpp
    types/request_options.cpp
    types/response_info.cpp
)

set(
    async_llm_codec_http_sources
    codec/http/base_url.cpp
    codec/http/content_coding.cpp
    codec/http/credential_mask.cpp
    codec/http/endpoint_path.cpp
    codec/http/http_date.cpp
    codec/http/ip_address.cpp
    codec/http/proxy_environment.cpp
    codec/http/rate_limit_headers.cpp
    codec/http/request_head.cpp
    codec/http/sse_parser.cpp
    codec/http/url_checks.cpp
    codec/http/wait_text.cpp
)

set(
    async_llm_codec_json_sources
    codec/json/deferred_values.cpp
    codec/json/json_budget.cpp
    codec/json/json_document.cpp
    codec/json/json_integer.cpp
    codec/json/json_repair.cpp
    codec/json/json_scalar.cpp
    codec/json/json_tape.cpp
    codec/json/json_tree.cpp
    codec/json/json_writer.cpp
    codec/json/merge_deltas.cpp
    codec/json/take_word.cpp
    codec/json/text_reader.cpp
    codec/json/unescape.cpp
)

set(
    async_llm_codec_errors_sources
    codec/errors/decode_error.cpp
    codec/errors/error_advice.cpp
    codec/errors/error_shapes.cpp
    codec/errors/error_words.cpp
    codec/errors/foreign_api.cpp
)

set(
    async_llm_codec_calls_sources
    codec/calls/argument_scanner.cpp
    codec/calls/assemble_calls.cpp
    codec/calls/call_assembler.cpp
    codec/calls/call_repetition.cpp
    codec/calls/cut_calls.cpp
    codec/calls/decode_calls.cpp
    codec/calls/find_call.cpp
)

set(
    async_llm_codec_chat_sources
    codec/chat/completion_builder.cpp
    codec/chat/decode_choice.cpp
    codec/chat/decode_chunk.cpp
    codec/chat/decode_completion.cpp
    codec/chat/decode_content.cpp
    codec/chat/decode_logprobs.cpp
    codec/chat/decode_message.cpp
    codec/chat/decode_reasoning.cpp
    codec/chat/decode_tokens.cpp
    codec/chat/decode_usage.cpp
    codec/chat/encode_request.cpp
    codec/chat/message.cpp
    codec/chat/said_texts.cpp
    codec/chat/tool.cpp
    codec/chat/validate_request.cpp
)

set(
    async_llm_codec_reply_sources
    codec/reply/api_response.cpp
    codec/reply/choice_numbers.cpp
    codec/reply/chunk_reader.cpp
    codec/reply/chunk_template.cpp
    codec/reply/chunk_verdicts.cpp
    codec/reply/decode_reply.cpp
    codec/reply/endpoint_reply.cpp
    codec/reply/reply_errors.cpp
    codec/reply/split_characters.cpp
    codec/reply/split_choice.cpp
    codec/reply/stream_collector.cpp
)

set(
    async_llm_codec_batch_sources
    codec/batch/answer_line.cpp
    codec/batch/batch_request.cpp
    codec/batch/json_scanner.cpp
    codec/batch/line_key.cpp
    codec/batch/line_splitter.cpp
)

set(
    async_llm_codec_schema_sources
    codec/schema/decode_text.cpp
    codec/schema/decode_value.cpp
    codec/schema/encode_value.cpp
    codec/schema/json_path.cpp
    codec/schema/json_schema.cpp
    codec/schema/schema_notes.cpp
    codec/schema/schema_prompts.cpp
)

set(
    async_llm_policy_sources
    policy/admission_core.cpp
    policy/breaker.cpp
    policy/call_deadlines.cpp
    policy/connection_slots.cpp
    policy/deadline_heap.cpp
    policy/failure_domain.cpp
    policy/key_ring.cpp
    policy/latency_window.cpp
    policy/memory_budget.cpp
    policy/connection_slots.cpp
    policy/pool_core.cpp
    policy/recovery.cpp
    policy/retry.cpp
    policy/retry_budget.cpp
    policy/target_selector.cpp
)

set(
    async_llm_policy_bulk_sources
    policy/bulk/line_failure.cpp
    policy/bulk/line_table.cpp
    policy/bulk/shard.cpp
)

set(
    async_llm_policy_spending_sources
    policy/spending/spending_amounts.cpp
    policy/spending/spending_ledger.cpp
    policy/spending/spending_queue.cpp
)

set(
    async_llm_async_sources
    async/failure.cpp
    async/operation.cpp
    async/operation_pool.cpp
    async/waiter.cpp
    async/watchdog.cpp
)

set(
    async_llm_file_sources
    file/answer_scan.cpp
    file/append_file.cpp
    file/bulk_check.cpp
    file/bulk_files.cpp
    file/bulk_files_writing.cpp
    file/bulk_merge.cpp
    file/file_handle.cpp
    file/flight_journal.cpp
    file/limits_file.cpp
    file/line_hasher.cpp
    file/line_input.cpp
)

set(
    async_llm_net_tls_sources
    net/tls/openssl_util.cpp
    net/tls/socket_bio.cpp
    net/tls/tls_context.cpp
    net/tls/tls_session_cache.cpp
    net/tls/trust_store.cpp
)

set(
    async_llm_net_http_sources
    net/http/coded_body.cpp
    net/http/content_decoder.cpp
    net/http/http_normalizer.cpp
    net/http/response_parser.cpp
)

set(
    async_llm_net_http2_sources
    net/http2/http2_callbacks.cpp
    net/http2/http2_output.cpp
    net/http2/http2_session.cpp
    net/http2/http2_streams.cpp
    net/http2/inbound_frames.cpp
    net/http2/request_fields.cpp
)

set(
    async_llm_net_sources
    net/address_race.cpp
    net/connect_operation.cpp
    net/connection_pool.cpp
    net/connection_pool_waiters.cpp
    net/exchange_progress.cpp
    net/http1_exchange.cpp
    net/local_socket.cpp
    net/resolve_cache.cpp
    net/socks5_handshake.cpp
    net/socks5_tunnel.cpp
    net/transport.cpp
)

# With HTTP/2 alone.
set(
    async_llm_net_shared_sources
    net/http2_connection.cpp
    net/http2_exchange.cpp
)

set(
    async_llm_client_state_sources
    client/state/client_state.cpp
    client/state/file_rate_limits.cpp
    client/state/limiter.cpp
    client/state/reply_memory.cpp
    client/state/router.cpp
    client/state/spending_account.cpp
    client/state/validate_config.cpp
)

set(
    async_llm_client_call_sources
    client/call/attempt.cpp
    client/call/attempt_body.cpp
    client/call/call_events.cpp
    client/call/chat_call.cpp
    client/call/call_record.cpp
    client/call/call_recovery.cpp
    client/call/call_spending.cpp
    client/call/complete_call.cpp
    client/call/complete_operation.cpp
    client/call/endpoint_operation.cpp
    client/call/hedged_operation.cpp
    client/call/outgoing_chat_request.cpp
    client/call/outgoing_endpoint_request.cpp
    client/call/outgoing_request.cpp
    client/call/whole_reply.cpp
)

set(
    async_llm_client_stream_sources
    client/stream/chat_stream.cpp
    client/stream/chunk_queue.cpp
    client/stream/stream_ending.cpp
    client/stream/stream_operation.cpp
    client/stream/stream_reading.cpp
)

set(
    async_llm_client_tools_sources
    client/tools/run_tools.cpp
    client/tools/run_tools_operation.cpp
    client/tools/tool_loop_checks.cpp
    client/tools/tool_operation.cpp
)

set(
    async_llm_client_structured_sources
    client/structured/structured_operation.cpp
    client/structured/structured_output.cpp
)

set(
    async_llm_client_bulk_sources
    client/bulk/bulk.cpp
    client/bulk/bulk_engine.cpp
    client/bulk/bulk_file.cpp
    client/bulk/bulk_file_ends.cpp
    client/bulk/bulk_file_operation.cpp
    client/bulk/bulk_operation.cpp
    client/bulk/bulk_stats.cpp
    client/bulk/file_run_control.cpp
    client/bulk/file_worker.cpp
)

set(
    async_llm_client_observe_sources
    client/observe/debug_log.cpp
    client/observe/observer.cpp
    client/observe/telemetry.cpp
)

set(
    async_llm_client_sources
    client/client.cpp
    client/shutdown_operation.cpp
    client/warm_up_operation.cpp
)

set(
    async_llm_testing_sources
    testing/certificate_authority.cpp
    testing/chat_schema.cpp
    testing/completion_content.cpp
    testing/event_board.cpp
    testing/peer_stream.cpp
    testing/received_request.cpp
    testing/recorded_replies.cpp
    testing/reply_content.cpp
    testing/reply_writer.cpp
    testing/request_check.cpp
    testing/request_reader.cpp
    testing/scripted_reply.cpp
    testing/server.cpp
    testing/server_context.cpp
    testing/session.cpp
    testing/mock_provider.cpp
)

set(
    async_llm_codec_sources
    ${async_llm_codec_http_sources}
    ${async_llm_codec_json_sources}
    ${async_llm_codec_errors_sources}
    ${async_llm_codec_calls_sources}
    ${async_llm_codec_chat_sources}
    ${async_llm_codec_reply_sources}
    ${async_llm_codec_schema_sources}
    ${async_llm_codec_batch_sources}
)

# Without input, output, clock and randomness.
set(async_llm_pure_sources ${async_llm_base_sources} ${async_llm_types_sources} ${async_llm_codec_sources})

set(
    async_llm_sources
    ${async_llm_pure_sources}
    ${async_llm_policy_sources}
    ${async_llm_policy_bulk_sources}
    ${async_llm_policy_spending_sources}
    ${async_llm_async_sources}
    ${async_llm_file_sources}
    ${async_llm_net_tls_sources}
    ${async_llm_net_http_sources}
    ${async_llm_net_sources}
    ${async_llm_client_state_sources}
    ${async_llm_client_call_sources}
    ${async_llm_client_stream_sources}
    ${async_llm_client_tools_sources}
    ${async_llm_client_structured_sources}
    ${async_llm_client_bulk_sources}
    ${async_llm_client_observe_sources}
    ${async_llm_client_sources}
)

set(
    async_llm_testing_http2_sources
    testing/http2/http2_events.cpp
    testing/http2/http2_exchange.cpp
    testing/http2/http2_frames.cpp
    testing/http2/http2_server_callbacks.cpp
    testing/http2/http2_server_session.cpp
)

if(ASYNC_LLM_HTTP2)
    list(APPEND async_llm_sources ${async_llm_net_http2_sources} ${async_llm_net_shared_sources})
    list(APPEND async_llm_testing_sources ${async_llm_testing_http2_sources})
endif()

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH async_llm_root)
list(TRANSFORM async_llm_pure_sources PREPEND ${async_llm_root}/src/)
list(TRANSFORM async_llm_sources PREPEND ${async_llm_root}/src/)
list(TRANSFORM async_llm_testing_sources PREPEND ${async_llm_root}/src/)
