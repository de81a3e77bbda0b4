// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/tools/tool_loop_checks.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <set>

namespace {

using namespace async_llm;
namespace json = boost::json;

asio::awaitable<std::string> nothing(tool_invocation) { co_return ""; }

json::value relaxed(json::value choice) {
    chat_request request;
    request.tool_choice = tool_choice::raw(choice);
    request.extra["tool_choice"] = choice;
    detail::relax_tool_choice(request);
    BOOST_TEST(request.extra["tool_choice"] == request.tool_choice->value);
    return request.tool_choice->value;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tool_loop_checks)

BOOST_AUTO_TEST_CASE(a_toolbox_keeps_the_order_of_its_tools) {
    auto const tools =
        toolbox().add("b", "", json::object(), &nothing).add("a", "", json::object(), &nothing);
    BOOST_REQUIRE(tools.definitions().size() == 2u);
    BOOST_TEST(tools.definitions()[0].name == "b");
    BOOST_TEST(tools.definitions()[1].name == "a");
    BOOST_TEST(tools.find("a") != nullptr);
    BOOST_TEST(tools.find("c") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_tool_of_the_same_name_is_replaced) {
    toolbox tools;
    tools.add("a", "first", json::object(), tool_function());
    tools.add("b", "other", json::object(), tool_function());
    tools.add("a", "second", json::object(), &nothing);
    BOOST_REQUIRE(tools.definitions().size() == 2u);
    BOOST_TEST(tools.definitions()[0].description.value() == "second");
    BOOST_TEST(static_cast<bool>(*tools.find("a")));
    BOOST_TEST(!*tools.find("b"));
}

BOOST_AUTO_TEST_CASE(a_raw_tool_has_the_name_that_its_object_says) {
    auto const custom = tool::raw({{"type", "custom"}, {"custom", {{"name", "shell"}}}});
    BOOST_TEST(detail::name_of(custom) == "shell");
    auto const function = tool::raw({{"type", "function"}, {"function", {{"name", "f"}}}});
    BOOST_TEST(detail::name_of(function) == "f");
    BOOST_TEST(detail::name_of(tool::raw({{"type", "openrouter:web_search"}})) == "");
    BOOST_TEST(detail::name_of(tool::raw({{"function", {{"name", 1}}}})) == "");
    BOOST_TEST(detail::name_of(tool::raw({{"function", "f"}})) == "");
    toolbox tools;
    tools.add(custom, &nothing);
    BOOST_TEST(tools.find("shell") != nullptr);
}

BOOST_AUTO_TEST_CASE(only_a_choice_that_demands_a_call_is_relaxed) {
    BOOST_TEST(relaxed("auto") == json::value("auto"));
    BOOST_TEST(relaxed("none") == json::value("none"));
    BOOST_TEST(relaxed("required") == json::value("auto"));
    BOOST_TEST(relaxed("any") == json::value("auto"));
    BOOST_TEST(relaxed(tool_choice::function("f").value) == json::value("auto"));
    json::value const allowed{{"type", "allowed_tools"}, {"allowed_tools", {{"mode", "auto"}}}};
    BOOST_TEST(relaxed(allowed) == allowed);
    json::value const demanded{{"type", "allowed_tools"}, {"allowed_tools", {{"mode", "required"}}}};
    BOOST_TEST(relaxed(demanded) == json::value("auto"));
    chat_request unset;
    detail::relax_tool_choice(unset);
    BOOST_TEST(!unset.tool_choice);
    BOOST_TEST(unset.extra.empty());
}

BOOST_AUTO_TEST_CASE(a_turn_may_have_as_many_calls_as_the_limit) {
    BOOST_TEST(detail::too_many_calls(0, 1) == "");
    BOOST_TEST(detail::too_many_calls(128, 128) == "");
    BOOST_TEST(detail::too_many_calls(129, 128) != "");
    BOOST_TEST(
        detail::too_many_calls(200'000, 128) ==
        "the turn has 200000 tool calls, and max_calls_per_turn is 128"
    );
    BOOST_TEST(detail::too_many_calls(200'000, 0) == "");
}

BOOST_AUTO_TEST_CASE(calls_that_are_cut_or_have_no_name_do_not_run) {
    choice turn;
    turn.finish_reason = finish_reason::length;
    BOOST_TEST(detail::unusable_call(turn) == "");
    turn.message.tool_calls.emplace_back("a", "f", "{}");
    BOOST_TEST(detail::unusable_call(turn) == "");
    turn.message.tool_calls.emplace_back("b", "g", "");
    turn.message.tool_calls.back().is_cut = true;
    BOOST_TEST(
        detail::unusable_call(turn) ==
        "the reply was cut off (finish_reason length) within tool call 1, so that no tool of the turn runs"
    );
    turn.message.tool_calls.front().name.clear();
    BOOST_TEST(detail::unusable_call(turn) == "tool call 0 has no name");
}

BOOST_AUTO_TEST_CASE(every_call_has_an_id_of_its_own) {
    message turn(role::assistant);
    for (char const* const id : {"", "x", "x", "", "y"}) turn.tool_calls.emplace_back(id, "f", "{}");
    detail::complete_ids(turn, 12);
    std::set<std::string> ids;
    for (auto const& call : turn.tool_calls) {
        BOOST_TEST(!call.id.empty());
        ids.insert(call.id);
    }
    BOOST_TEST(ids.size() == 5u);
    BOOST_TEST(turn.tool_calls[0].id == "c00012000");
    BOOST_TEST(turn.tool_calls[1].id == "x");
    BOOST_TEST(turn.tool_calls[4].id == "y");
    message far(role::assistant);
    far.tool_calls.emplace_back("", "f", "{}");
    detail::complete_ids(far, 1'234'567);
    BOOST_TEST(far.tool_calls[0].id == "c1234567000");
}

BOOST_AUTO_TEST_CASE(what_no_turn_told_stays_untold) {
    usage total;
    usage turn;
    turn.prompt_tokens = 3;
    turn.total_tokens = 3;
    detail::add_usage(turn, total);
    turn.reasoning_tokens = 2;
    turn.cost = 0.5;
    turn.is_byok = true;
    detail::add_usage(turn, total);
    detail::add_usage(turn, total);
    turn.is_byok = false;
    detail::add_usage(turn, total);
    BOOST_TEST(total.prompt_tokens == 12);
    BOOST_TEST(total.total_tokens == 12);
    BOOST_TEST(total.completion_tokens == 0);
    BOOST_TEST(total.reasoning_tokens.value() == 6);
    BOOST_TEST(total.cost.value() == 1.5);
    BOOST_TEST(total.is_byok.value());
    BOOST_TEST(!total.cached_tokens);
    BOOST_TEST(!total.credits_used);
}

BOOST_AUTO_TEST_CASE(numbers_of_a_hostile_provider_do_not_overflow) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    usage total;
    usage turn;
    turn.total_tokens = most;
    turn.cached_tokens = least;
    detail::add_usage(turn, total);
    detail::add_usage(turn, total);
    BOOST_TEST(total.total_tokens == most);
    BOOST_TEST(total.cached_tokens.value() == least);
}

BOOST_AUTO_TEST_SUITE_END()
