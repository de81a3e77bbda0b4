// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/client_fixture.hpp"
#include "support/fixtures/described_types.hpp"
#include <async_llm/structured_output.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <memory>
#include <string>
#include <utility>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace described_types;
namespace json = boost::json;

tool_invocation invocation_of(std::string arguments) {
    tool_invocation invocation;
    invocation.call = tool_call("id", "tool", std::move(arguments));
    error_code ec;
    invocation.arguments = invocation.call.parse_arguments(ec);
    BOOST_TEST(!ec);
    return invocation;
}

asio::awaitable<void> call(tool_function const& function, tool_invocation invocation, std::string& result) {
    result = co_await function(std::move(invocation));
}

/// Runs a tool and gives its result.
std::string run_tool(tool_function const& function, std::string arguments) {
    client_fixture w(scheme::http);
    std::string result;
    w.run(call(function, invocation_of(std::move(arguments)), result));
    return result;
}

// Longer than any small-string buffer, so that a second destruction shows.
std::string long_text() { return std::string(200, 'x'); }

asio::awaitable<std::string> name_of(day asked) { co_return asked.name; }
asio::awaitable<double> high_of(day const& asked) { co_return asked.high; }
asio::awaitable<json::value> value_of(day) { co_return json::parse(R"({"a":0.1})"); }
asio::awaitable<json::object> object_of(day) { co_return json::object(); }
asio::awaitable<day> colder(day asked) {
    asked.high -= 1;
    co_return asked;
}
asio::awaitable<std::string> broken(day) { co_return "\xff"; }
asio::awaitable<json::value> not_utf8(day) { co_return json::string("\xff"); }

constexpr auto text = R"({"name":"Mon","high":12})";

} // namespace

BOOST_AUTO_TEST_SUITE(typed_tools)

BOOST_AUTO_TEST_CASE(a_definition_has_the_schema_of_its_arguments) {
    auto const made = make_tool<day>("get_day", "Tells the weather");
    BOOST_TEST(made.name == "get_day");
    BOOST_TEST((made.description == "Tells the weather"));
    BOOST_TEST((made.parameters == json_schema_of<day>()));
    BOOST_TEST((made.strict == true));
}

BOOST_AUTO_TEST_CASE(arguments_of_any_kind_are_not_strict) {
    auto const made = make_tool<everything>("t", "");
    BOOST_TEST((made.parameters == json_schema_of<everything>(schema_form::open)));
    BOOST_TEST((made.strict == false));
}

BOOST_AUTO_TEST_CASE(no_arguments) {
    auto const made = make_tool<nothing>("t", "");
    BOOST_TEST(
        json::serialize(*made.parameters) ==
        R"({"type":"object","properties":{},"required":[],"additionalProperties":false})"
    );
    auto const function =
        typed_tool<nothing>([](nothing) -> asio::awaitable<std::string> { co_return "done"; });
    BOOST_TEST(run_tool(function, "") == "done");
}

BOOST_AUTO_TEST_CASE(arguments_are_decoded) {
    BOOST_TEST(run_tool(typed_tool<day>(name_of), text) == "Mon");
    auto const long_name = R"({"name":")" + long_text() + R"(","high":"1"})";
    BOOST_TEST(run_tool(typed_tool<day>(name_of), long_name) == long_text());
    // Some models write the arguments as a text within the text.
    BOOST_TEST(run_tool(typed_tool<day>(name_of), json::serialize(json::string(text))) == "Mon");
}

BOOST_AUTO_TEST_CASE(results_of_all_kinds_become_text) {
    BOOST_TEST(run_tool(typed_tool<day>(high_of), text) == "12");
    BOOST_TEST(run_tool(typed_tool<day>(value_of), text) == R"({"a":0.1})");
    BOOST_TEST(run_tool(typed_tool<day>(object_of), text) == "{}");
    BOOST_TEST(run_tool(typed_tool<day>(colder), text) == R"({"name":"Mon","high":11})");
    BOOST_TEST(run_tool(typed_tool<day>(broken), text) == "\xff");
}

BOOST_AUTO_TEST_CASE(arguments_that_do_not_fit_are_thrown_with_their_path) {
    auto const names_the_path = [](boost::system::system_error const& e) {
        return e.code() == errc::schema_mismatch &&
            std::string(e.what()).starts_with(R"(high: expected a number, got "warm")");
    };
    BOOST_CHECK_EXCEPTION(
        run_tool(typed_tool<day>(name_of), R"({"name":"Mon","high":"warm"})"),
        boost::system::system_error,
        names_the_path
    );
    BOOST_CHECK_EXCEPTION(
        run_tool(typed_tool<day>(not_utf8), text),
        boost::system::system_error,
        [](auto const& e) { return e.code() == errc::tool_failed; }
    );
}

BOOST_AUTO_TEST_CASE(a_function_may_have_what_can_not_be_copied_and_outlives_its_tool) {
    struct counter {
        explicit counter(int start) : calls(std::make_unique<int>(start)) {}
        asio::awaitable<std::string> operator()(day) {
            ++*calls;
            co_return std::to_string(*calls) + long_text();
        }
        std::unique_ptr<int> calls;
    };
    std::optional<tool_function> function(typed_tool<day>(counter(1)));
    auto const copy = *function;
    BOOST_TEST(run_tool(*function, text) == '2' + long_text());
    BOOST_TEST(run_tool(copy, text) == '3' + long_text());
    auto invocation = invocation_of(text);
    auto running = (*function)(std::move(invocation));
    function.reset();
    auto const finish = [&]() -> asio::awaitable<void> {
        BOOST_TEST((co_await std::move(running)).front() == '4');
    };
    client_fixture(scheme::http).run(finish());
}

BOOST_AUTO_TEST_SUITE_END()
