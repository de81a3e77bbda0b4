// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/async_llm.hpp>
#include <async_llm/bulk.hpp>
#include <async_llm/bulk_file.hpp>
#include <async_llm/bulk_merge.hpp>
#include <async_llm/debug_log.hpp>
#include <async_llm/structured_output.hpp>
#include <async_llm/telemetry.hpp>
#include <async_llm/testing/certificate_authority.hpp>
#include <async_llm/testing/mock_provider.hpp>
#include <async_llm/testing/received_request.hpp>
#include <async_llm/testing/scripted_reply.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>

namespace {

using namespace async_llm;

// g++ 12 destroys aggregate temporaries within co_await expressions twice, so no public value may be one.
// Moving must not throw, because operations move them on paths that can't fail.
template <class... Ts>
constexpr bool no_aggregates = (!std::is_aggregate_v<Ts> && ...);

template <class... Ts>
constexpr bool move_safely = (std::is_nothrow_move_constructible_v<Ts> && ...);

template <class... Ts>
constexpr bool copyable = ((std::is_copy_constructible_v<Ts> && std::is_copy_assignable_v<Ts>) && ...);

template <template <class...> class Check>
using everything = Check<
    api_error,
    api_response,
    assistant_message,
    bulk_check_report,
    bulk_file_control,
    bulk_file_options,
    bulk_file_progress,
    bulk_file_report,
    bulk_input,
    bulk_merge_report,
    bulk_options,
    bulk_progress,
    bulk_refused_line,
    bulk_report,
    bulk_result,
    bulk_shard,
    chat_chunk,
    chat_completion,
    chat_request,
    chat_response,
    choice,
    chunk_choice,
    circuit_breaker_policy,
    client_config,
    client_stats,
    completion_builder,
    concurrency_policy,
    content_part,
    credential,
    debug_log_options,
    dialect,
    failed_attempt,
    fallback_policy,
    http_header,
    hedging_policy,
    value_range,
    message,
    message_delta,
    open_enum<finish_reason>,
    open_enum<role>,
    plugin,
    pool_config,
    prediction,
    provider,
    provider_preferences,
    rate_limit,
    rate_limit_info,
    rate_limit_policy,
    reasoning_options,
    request_options,
    response_format,
    response_info,
    retry_policy,
    run_step,
    run_tools_options,
    structured_options,
    structured_reply<int>,
    target,
    telemetry::attribute,
    timeouts,
    timings,
    tls_config,
    token_logprob,
    tool,
    tool_call,
    tool_call_delta,
    tool_choice,
    tool_invocation,
    run_tools_result,
    toolbox,
    usage,
    async_llm::testing::body_part,
    async_llm::testing::certificate_authority,
    async_llm::testing::identity_options,
    async_llm::testing::received_request,
    async_llm::testing::scripted_reply,
    async_llm::testing::mock_options,
    async_llm::testing::mock_stats,
    async_llm::testing::tls_identity>;

template <class... Ts>
struct check {
    static constexpr bool aggregates = no_aggregates<Ts...>;
    static constexpr bool moves = move_safely<Ts...>;
    static constexpr bool copies = copyable<Ts...>;
};

static_assert(everything<check>::aggregates);
static_assert(everything<check>::moves);
static_assert(everything<check>::copies);

// A client is a handle with an owner: two of them would not know who ends the calls.
static_assert(!std::is_copy_constructible_v<client>);
static_assert(std::is_nothrow_move_constructible_v<client>);
static_assert(std::is_nothrow_move_assignable_v<client>);
static_assert(std::is_nothrow_copy_constructible_v<completion_error>);

static_assert(!std::is_copy_constructible_v<chat_stream>);
static_assert(std::is_nothrow_default_constructible_v<chat_stream>);
static_assert(std::is_nothrow_move_constructible_v<chat_stream>);
static_assert(std::is_nothrow_move_assignable_v<chat_stream>);

} // namespace

BOOST_AUTO_TEST_SUITE(value_types)

BOOST_AUTO_TEST_CASE(a_moved_request_takes_its_messages_along) {
    auto first = chat_request("m").user("Hello");
    auto const second = std::move(first);
    BOOST_TEST(second.messages.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_credential_leaves_only_by_reveal) {
    static_assert(!std::is_convertible_v<credential, std::string>);
    static_assert(!std::is_convertible_v<credential, std::string_view>);
    BOOST_TEST(credential("secret").reveal() == "secret");
    BOOST_TEST(credential().empty());
}

BOOST_AUTO_TEST_SUITE_END()
