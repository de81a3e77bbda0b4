// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

// Streams that say the whole message again.

using namespace async_llm;
using namespace async_llm::test;

namespace {

std::string event(std::string const& choice) { return "data: {\"choices\":[" + choice + "]}\n\n"; }

/// An event with a delta, a message, or both (JSON).
std::string delta(std::string const& said) { return event(R"({"index":0,"delta":)" + said + "}"); }
std::string whole(std::string const& said) { return event(R"({"index":0,"message":)" + said + "}"); }
std::string last(std::string const& said) {
    return event(R"({"index":0,"message":)" + said + R"(,"finish_reason":"stop"})");
}
std::string last_with_delta(std::string const& said_now, std::string const& said) {
    return event(
        R"({"index":0,"delta":)" + said_now + R"(,"message":)" + said + R"(,"finish_reason":"stop"})"
    );
}

std::string const done = "data: [DONE]\n\n";

/// Deltas with this text, one character in each.
std::string spelled(std::string const& text) {
    std::string events;
    for (char const c : text) events += delta(R"({"content":")" + std::string(1, c) + "\"}");
    return events;
}

chat_completion read(std::string const& events, bool one_choice = true) {
    feeding how;
    how.limits.one_choice = one_choice;
    auto const reading = read_everyhow(events + done, how);
    BOOST_TEST(!reading.ec, reading.detail);
    return reading.completion();
}

} // namespace

BOOST_AUTO_TEST_SUITE(said_texts)

BOOST_AUTO_TEST_CASE(only_what_is_new_counts) {
    struct row {
        row(char const* t, std::string e, std::string s)
            : title(t), events(std::move(e)), text(std::move(s)) {}

        char const* title;
        std::string events;
        std::string text;
    };
    std::string const longer = "the text of an answer that is longer than what is remembered of it";
    std::string const role = delta(R"({"role":"assistant","content":""})");
    std::vector<row> const rows{
        {"all of it", spelled("Hello") + last(R"({"role":"assistant","content":"Hello"})"), "Hello"},
        {"with an empty delta", spelled("Hello") + last_with_delta("{}", R"({"content":"Hello"})"), "Hello"},
        {"with a delta of empty members",
         spelled("Hello") +
             last_with_delta(
                 R"({"role":"assistant","content":"","tool_calls":[]})",
                 R"({"content":"Hello"})"
             ),
         "Hello"},
        {"with a delta of its own",
         spelled("Hell") + last_with_delta(R"({"content":"o"})", R"({"content":"Hello"})"),
         "Hello"},
        {"more than was said", spelled("Hel") + last(R"({"content":"Hello"})"), "Hello"},
        {"less than was said", spelled("Hello") + last(R"({"content":"Hel"})"), "Hello"},
        {"another text", spelled("Hello") + last(R"({"content":"Other words"})"), "Hello"},
        {"a long text", spelled(longer) + last(R"({"content":")" + longer + "\"}"), longer},
        {"a long text and more", spelled(longer) + last(R"({"content":")" + longer + "!\"}"), longer + "!"},
        {"twice", spelled("Hel") + whole(R"({"content":"Hello"})") + last(R"({"content":"Hello"})"), "Hello"},
        {"with each delta",
         role + last_with_delta(R"({"content":"Hello"})", R"({"content":"Hello"})"),
         "Hello"},
        {"a message alone", last(R"({"content":"Hello"})"), "Hello"},
        {"behind a role", role + last(R"({"content":"Hello"})"), "Hello"},
        {"behind a role, beside an empty delta",
         role + last_with_delta("{}", R"({"content":"Hello"})"),
         "Hello"},
        {"messages as pieces", whole(R"({"content":"He"})") + last(R"({"content":"llo"})"), "Hello"},
        {"messages as pieces, alike", whole(R"({"content":"ha"})") + last(R"({"content":"ha"})"), "haha"},
        {"messages as pieces, then the whole",
         whole(R"({"content":"He"})") + whole(R"({"content":"llo"})") + last(R"({"content":"Hello"})"),
         "Hello"},
        {"parts", spelled("Hello") + last(R"({"content":[{"type":"text","text":"Hello"}]})"), "Hello"},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.title) {
            for (bool const one_choice : {true, false}) {
                auto const completion = read(each.events, one_choice);
                BOOST_TEST(completion.text() == each.text);
                BOOST_TEST((completion.choices.at(0).finish_reason == finish_reason::stop));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(another_text_is_kept) {
    auto const completion = read(spelled("Hello") + last(R"({"content":"Other words"})"));
    BOOST_TEST(codec::text_of(completion.choices.at(0).extra) == R"({"message":{"content":"Other words"}})");
    BOOST_TEST(read(spelled("Hello") + last(R"({"content":"Hello"})")).choices.at(0).extra.empty());
}

BOOST_AUTO_TEST_CASE(all_members_of_a_message) {
    std::string const call = R"("tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}])";
    std::string const events = delta(R"({"reasoning_content":"be","x":"y"})") +
        delta(R"({"reasoning_content":"cause"})") + delta(R"({"content":"Hi","refusal":"no"})") +
        delta(R"({"reasoning_details":[{"type":"reasoning.text","text":"z"}]})") + delta("{" + call + "}");
    auto const completion = read(
        events +
        last(
            R"({"role":"assistant","content":"Hi","refusal":"no","reasoning_content":"because","x":"y",)"
            R"("reasoning_details":[{"type":"reasoning.text","text":"z"}],)" +
            call + "}"
        )
    );
    auto const& said = completion.choices.at(0).message;
    BOOST_TEST(completion.text() == "Hi");
    BOOST_TEST((said.reasoning == "because"));
    BOOST_TEST((said.refusal == "no"));
    BOOST_TEST(said.tool_calls.size() == 1u);
    BOOST_TEST(codec::text_of(said.extra) == R"({"x":"y"})");
    BOOST_TEST(codec::text_of(*said.reasoning_details) == R"([{"type":"reasoning.text","text":"z"}])");
}

BOOST_AUTO_TEST_CASE(of_several_choices) {
    auto const completion = read(
        event(R"({"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"bb"}})") +
            event(R"({"index":1,"message":{"content":"bbc"},"finish_reason":"stop"},)"
                  R"({"index":0,"message":{"content":"a"},"finish_reason":"stop"})"),
        false
    );
    BOOST_TEST((completion.choices.at(0).message.content == "a"));
    BOOST_TEST((completion.choices.at(1).message.content == "bbc"));
}

BOOST_AUTO_TEST_CASE(an_event_with_a_message_is_no_pattern) {
    auto const both = [](char const* text) {
        return event(
            R"({"index":0,"delta":{"content":")" + std::string(text) + R"("},"message":{"content":"Hi"}})"
        );
    };
    BOOST_TEST(read(both("") + both("!") + both("") + last("{}")).text() == "Hi!");
}

BOOST_AUTO_TEST_SUITE_END()
