// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_template.hpp"

#include "support/fixtures/building.hpp"
#include "support/fixtures/describe.hpp"
#include "support/fixtures/draw.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

// An event that is read by its pattern says what it says when it is read in full.

using namespace async_llm;
using namespace async_llm::test;

namespace {

void teach(codec::chunk_template& pattern, std::string const& event) {
    codec::json_document const parsed(event, 0, codec::decode_limits(128));
    BOOST_TEST_REQUIRE(parsed.valid());
    pattern.learn(event, parsed.value(), chunk_of(event));
}

codec::chunk_template taught(std::string const& event) {
    codec::chunk_template pattern;
    teach(pattern, event);
    return pattern;
}

/// As OpenAI sends it: content and padding differ.
std::string openai(std::string_view content, std::string_view padding = "aB3") {
    return R"({"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,)"
           R"("model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_44709d6fcb",)"
           R"("choices":[{"index":0,"delta":{"content":")" +
        std::string(content) + R"("},"logprobs":null,"finish_reason":null}],"obfuscation":")" +
        std::string(padding) + R"("})";
}

constexpr std::size_t members_of_a_choice = 16;

/// A choice that says one thing, by the number of its member.
chunk_choice choice_with(std::size_t member) {
    chunk_choice choice;
    auto& delta = choice.delta;
    switch (member) {
    case 0: choice.finish_reason = finish_reason::stop; break;
    case 1: choice.native_finish_reason = "STOP"; break;
    case 2: choice.logprobs.emplace_back(); break;
    case 3: choice.refusal_logprobs.emplace_back(); break;
    case 4: choice.error.emplace().message = "wrong"; break;
    case 5: choice.extra["x"] = 1; break;
    case 6: delta.role = role::tool; break;
    case 7: delta.content_parts.emplace_back(1); break;
    case 8: delta.refusal = "no"; break;
    case 9: delta.reasoning = "because"; break;
    case 10: delta.reasoning_details.emplace(); break;
    case 11: delta.tool_calls.emplace_back(); break;
    case 12: delta.annotations.emplace_back(1); break;
    case 13: delta.images.emplace_back(1); break;
    case 14: delta.audio = "sound"; break;
    default: delta.extra["x"] = 1; break;
    }
    return choice;
}

/// Possible contents of the chunk into which an event is read.
std::vector<chat_chunk> written_before(std::string const& event) {
    // The event itself, whose memory can serve, and what is nearly it, of which something could stay.
    auto const near = codec::json_document(event, 0, codec::decode_limits(128)).valid()
        ? chunk_of(event)
        : chunk_of(openai("text"));
    std::vector<chat_chunk> chunks{chat_chunk(), near};
    chunks.push_back(chunk_of(R"({"id":"of before","choices":[{"delta":{"content":"of before"}},{}],"x":1})")
    );
    for (std::size_t member = 0; member < members_of_a_choice; ++member)
        chunks.emplace_back(near).choices.assign(1, choice_with(member));
    auto& other_values = chunks.emplace_back(near);
    other_values.model += "more";
    if (!other_values.id.empty()) other_values.id.front() = '#';
    other_values.usage.emplace().total_tokens = 7;
    for (auto each : other_values.extra) each.value() = 7;
    auto& other_names = chunks.emplace_back(near);
    other_names.extra.clear();
    other_names.extra["not the same name"] = "text";
    chunks.emplace_back(near).extra["one more"] = "text";
    auto const taken = std::move(chunks.emplace_back(near));
    return chunks;
}

/// Is it read by the pattern? Then it says the same as when it is read in full, whatever was there before.
bool reads(codec::chunk_template& pattern, std::string const& event) {
    std::size_t read = 0;
    auto chunks = written_before(event);
    for (auto& chunk : chunks) {
        auto const before = describe(chunk);
        if (pattern.read(event, chunk)) {
            ++read;
            BOOST_TEST(describe(chunk) == describe(chunk_of(event)), event);
        } else {
            BOOST_TEST(describe(chunk) == before, "what was not read has left its marks");
        }
    }
    BOOST_TEST((read == 0 || read == chunks.size()));
    return read != 0;
}

bool reads_after(std::string const& event, std::string const& next) {
    auto pattern = taught(event);
    return reads(pattern, next);
}

std::vector<std::string> const plain_texts{
    "",
    "a",
    " word",
    "twelve bytes",
    "more than fifteen bytes of text",
    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
    "\x7f",
    "//",
};

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_template)

BOOST_AUTO_TEST_CASE(events_that_differ_in_their_texts_are_read) {
    for (auto const& text : plain_texts) {
        // With nothing to show, it may be an error.
        BOOST_TEST(reads_after(openai("first"), openai(text)) == !text.empty(), text);
        BOOST_TEST(reads_after(openai(text), openai("next", text)), text);
    }
}

BOOST_AUTO_TEST_CASE(a_pattern_holds_for_event_after_event) {
    auto pattern = taught(openai("first"));
    for (auto const& text : plain_texts) {
        if (!text.empty()) BOOST_TEST(reads(pattern, openai(text, text)), text);
    }
}

BOOST_AUTO_TEST_CASE(an_event_is_read_into_the_memory_of_the_one_before_it) {
    std::string const text = "longer than a string that needs no memory";
    auto pattern = taught(openai("first"));
    chat_chunk chunk;
    BOOST_TEST_REQUIRE(pattern.read(openai(text, text), chunk));
    auto const& choice = chunk.choices.front();
    auto const places = [&] {
        return std::vector<void const*>{
            chunk.id.data(),
            chunk.model.data(),
            &choice,
            choice.delta.content->data(),
            chunk.extra.at("obfuscation").as_string().data()
        };
    };
    auto const before = places();
    auto const other = std::string(text.rbegin(), text.rend());
    BOOST_TEST_REQUIRE(pattern.read(openai(other, other), chunk));
    BOOST_TEST(chunk.text() == other);
    BOOST_TEST((places() == before));
}

BOOST_AUTO_TEST_CASE(reasoning_is_read_under_both_names) {
    auto const named = [](std::string_view members) { return with_delta("{" + std::string(members) + "}"); };
    BOOST_TEST(
        reads_after(named(R"("content":"","reasoning":"a")"), named(R"("content":"x","reasoning":"b")"))
    );
    BOOST_TEST(reads_after(
        named(R"("content":null,"reasoning_content":"a")"),
        named(R"("content":null,"reasoning_content":"")")
    ));
    BOOST_TEST(reads_after(
        named(R"("reasoning":null,"reasoning_content":"a")"),
        named(R"("reasoning":null,"reasoning_content":"bc")")
    ));
    // Which of the two counts is decided by the texts.
    auto const both = [&](std::string_view a, std::string_view b) {
        return named(
            R"("reasoning":")" + std::string(a) + R"(","reasoning_content":")" + std::string(b) + '"'
        );
    };
    BOOST_TEST(!reads_after(both("a", "a"), both("b", "b")));
    BOOST_TEST(!reads_after(both("", "a"), both("b", "a")));
}

BOOST_AUTO_TEST_CASE(what_else_a_choice_says_is_kept) {
    for (auto const* const rest :
         {R"("delta":{"role":"assistant","content":"%"})",
          R"("delta":{"content":"%","tool_calls":[{"index":0,"function":{"arguments":"{"}}]})",
          R"("delta":{"content":"%","unknown":[1,2]},"also":{"unknown":null})",
          R"("delta":{"content":"%"},"logprobs":{"content":[{"token":"a","logprob":-1.5}]})",
          R"("index":3,"delta":{"content":"%","refusal":""},"finish_reason":"stop","native_finish_reason":"STOP")",
          R"("delta":{"content":"%","reasoning_details":[{"type":"reasoning.text","text":"why"}]})",
          R"("delta":{"content":"%","annotations":[{}],"images":[{}],"audio":{"id":"a"}})"}) {
        std::string const choice(rest);
        auto const place = choice.find('%');
        auto const event = [&](std::string_view text) {
            return R"({"choices":[{)" + std::string(choice).replace(place, 1, text) +
                R"(}],"usage":{"total_tokens":3},"provider":"P"})";
        };
        BOOST_TEST(reads_after(event("a"), event("another")), choice);
    }
}

BOOST_AUTO_TEST_CASE(what_a_string_may_not_hold_as_it_is_is_left_to_the_parser) {
    for (std::string const text :
         {R"(a\)",
          R"(\n\x)",
          R"(\u00g4)",
          R"(\u00e)",
          R"(\ud83d)",
          R"(\ude00\n)",
          R"(\ud83d\n)",
          "\\t\n",
          "\\\\\xff",
          "\n",
          "a\x01",
          "\x1f",
          "\xc3",
          "\xc3\x28",
          "\xe2\x82",
          "\xff",
          "\xc0\xaf",
          "\xed\xa0\x80",
          "\xf5\x80\x80\x80"})
        BOOST_TEST(!reads_after(openai("first"), openai(text)), text);
    BOOST_TEST(!reads_after(openai("first"), openai(std::string_view("\0", 1))));
}

BOOST_AUTO_TEST_CASE(texts_with_escapes_are_read) {
    std::vector<std::string> const escaped{
        R"(\n)",
        R"(a\")",
        R"(\\)",
        R"(\\\"\\)",
        R"(\/\b\f\n\r\t)",
        R"(\u00e4 \u20AC)",
        R"(\ud83d\ude00)",
        R"(\u0000)",
        "\xc3\xa4 then \\u00e4",
        "text before \\n\\n and text behind, more than fits without memory",
    };
    auto pattern = taught(openai("first"));
    for (auto const& text : escaped) {
        BOOST_TEST(reads(pattern, openai(text)), text);
        BOOST_TEST(reads(pattern, openai("x", text)), text);
        BOOST_TEST(reads(pattern, openai(text, text)), text);
        BOOST_TEST(reads(pattern, openai("plain again")), text);
    }
}

BOOST_AUTO_TEST_CASE(a_long_text_with_escapes_is_left_to_the_parser) {
    std::string const longer(5000, 'x');
    BOOST_TEST(reads_after(openai("first"), openai(longer)));
    BOOST_TEST(!reads_after(openai("first"), openai(longer + R"(\n)")));
}

BOOST_AUTO_TEST_CASE(after_an_event_that_is_not_read_the_pattern_is_as_it_was) {
    auto pattern = taught(openai("first"));
    auto const half = openai(R"(\ud83d)");
    BOOST_TEST(!reads(pattern, half));
    BOOST_TEST(reads(pattern, openai("next")));
    auto const longer = openai(std::string(5000, 'x') + R"(\n)");
    BOOST_TEST(!reads(pattern, longer));
    teach(pattern, longer);
    BOOST_TEST(reads(pattern, openai("next")));
}

BOOST_AUTO_TEST_CASE(an_event_of_another_shape_is_not_read_and_becomes_the_pattern) {
    auto const first = openai("first");
    for (auto const& other :
         {with_delta(R"({"content":"x"})"),
          openai("x") + " ",
          openai("x") + "x",
          openai("x").substr(0, openai("x").size() - 1),
          " " + openai("x"),
          std::string("null"),
          std::string()}) {
        auto pattern = taught(first);
        BOOST_TEST(!reads(pattern, other), other);
    }
    auto pattern = taught(first);
    auto const shorter = [](std::string_view text) {
        return with_delta(R"({"content":")" + std::string(text) + "\"}");
    };
    BOOST_TEST(!reads(pattern, shorter("a")));
    teach(pattern, shorter("a"));
    BOOST_TEST(reads(pattern, shorter("b")));
    BOOST_TEST(!reads(pattern, first));
}

BOOST_AUTO_TEST_CASE(where_it_is_not_sure_what_a_text_becomes_nothing_is_read) {
    auto const check = [](std::string event, std::string_view text) {
        auto next = event;
        next.replace(next.find('%'), 1, text);
        reads_after(event, next);
        return reads_after(event, next);
    };
    // Names that stand twice, several choices, texts of members that are no text.
    for (auto const* const event :
         {R"({"choices":[{"delta":{"content":"%","content":"a"}}]})",
          R"({"choices":[{"delta":{"content":"a","content":"%"}}]})",
          R"({"choices":[{"delta":{"content":"%"},"delta":{"content":"a"}}]})",
          R"({"choices":[{"delta":{"content":"%"}}],"choices":[{"delta":{"content":"a"}}]})",
          R"({"choices":[{"delta":{"content":"%"}},{"delta":{"content":"b"}}]})",
          R"({"choices":[],"x":"%"})",
          R"({"x":"%"})",
          R"({"choices":[{"delta":{"role":"%"}}]})",
          R"({"choices":[{"delta":{"content":["%"]}}]})",
          // It depends on the texts which of several counts.
          R"({"choices":[{"delta":{"content":"%"},"text":"a"}]})",
          R"({"choices":[{"text":"a","delta":{"content":"%"}}]})",
          R"({"choices":[{"delta":{"content":"%"},"content":"a"}]})",
          R"({"choices":[{"delta":{"content":"%","text":"a"}}]})",
          R"({"choices":[{"delta":{"content":"","text":"%"}}]})",
          R"({"choices":[{"delta":{"reasoning_content":"%","thinking":"a"}}]})",
          R"({"choices":[{"delta":{"reasoning":"%","reasoning_text":"a"}}]})",
          R"({"choices":[{"delta":{"thinking":"%"}}]})"})
        BOOST_TEST(!check(event, "xyz"), event);
    // The other text of these is fixed, and the padding is free.
    BOOST_TEST(check(R"({"x":"%","choices":[{"delta":{"content":"a","content":"b"}}]})", "c"));
    // Beside a choice without anything, the other texts may be an error's.
    for (auto const* const event :
         {R"({"msg":"%","choices":[{"delta":{}}]})",
          R"({"msg":"%","choices":[{"delta":{"content":""}}]})",
          R"({"msg":"%","choices":[{"delta":{"content":"","x":1}}]})"})
        BOOST_TEST(!check(event, "c"), event);
    for (auto const* const event :
         {R"({"msg":"%","choices":[{"delta":{},"finish_reason":"stop"}]})",
          R"({"msg":"%","choices":[{"delta":{"refusal":"no"}}]})",
          R"({"msg":"%","choices":[{"delta":{"content":"a","x":1}}]})"})
        BOOST_TEST(check(event, "c"), event);
}

BOOST_AUTO_TEST_CASE(a_large_event_is_not_kept) {
    auto const largest = openai("a", std::string(4096 - openai("a", "").size(), 'x'));
    BOOST_TEST_REQUIRE(largest.size() == 4096U);
    auto pattern = taught(largest);
    BOOST_TEST(reads(pattern, largest));
    auto const larger = openai("ab", std::string(4096 - openai("a", "").size(), 'x'));
    pattern = taught(larger);
    BOOST_TEST(!reads(pattern, larger));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_never_fits_is_learned_rarely_but_again) {
    auto const event = [](std::size_t i) {
        return with_delta(R"({"content":"a","n":)" + std::to_string(i) + "}");
    };
    // After so many events of which none is like the one before it, is the last one the pattern?
    auto const learns = [&event](std::size_t vain) {
        codec::chunk_template pattern;
        for (std::size_t i = 0; i < vain; ++i) teach(pattern, event(i));
        teach(pattern, event(vain));
        return reads(pattern, event(vain));
    };
    std::size_t lessons = 0;
    for (std::size_t vain = 0; vain < 100; ++vain) {
        if (learns(vain)) ++lessons;
    }
    BOOST_TEST(learns(0));
    BOOST_TEST(lessons > 8u);
    BOOST_TEST(lessons < 16u);
}

BOOST_AUTO_TEST_CASE(random_changes_never_make_it_say_something_else) {
    std::mt19937 random(20261122);
    draw const pick{random};
    std::vector<std::string> const events{
        openai("some text"),
        with_delta(R"({"content":"a","reasoning":"b"})"),
        R"({"a":"1","choices":[{"delta":{"reasoning_content":"c"},"index":2}],"b":"2"})",
        R"({"code":"1","choices":[{"delta":{"content":"c","x":1}}],"message":"ok"})",
        R"({"choices":[{"delta":{"content":"c","thinking":"d","reasoning":"e"},"text":"f"}]})",
    };
    std::string_view const bytes("\"\\{}[],:x0 \n\xc3\xa4");
    std::size_t read = 0;
    chat_chunk chunk; // the same for all, as a caller may have it
    for (int i = 0; i < 20000; ++i) {
        auto const& event = events[pick.below(events.size())];
        auto changed = event;
        for (auto n = 1 + pick.below(3); n != 0; --n) {
            auto const place = pick.below(changed.size());
            auto const what = std::string(1, bytes[pick.below(bytes.size())]);
            changed.replace(place, pick.below(2), what);
        }
        auto pattern = taught(event);
        if (!pattern.read(changed, chunk)) continue;
        ++read;
        BOOST_TEST_REQUIRE(describe(chunk) == describe(chunk_of(changed)), changed);
    }
    BOOST_TEST(read > 100u);
}

BOOST_AUTO_TEST_SUITE_END()
