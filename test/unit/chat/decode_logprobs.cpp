// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_logprobs.hpp"

#include "codec/chat/decode_tokens.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using codec::decode;
using codec::text_of;

namespace {

namespace data = boost::unit_test::data;

/// Tokens in short: `token/logprob`, then `{extra}` and `[alternatives]` if there are any, and bytes as
/// `#size`.
std::string in_short(std::vector<token_logprob> const& tokens) {
    std::ostringstream out;
    for (auto const& each : tokens) {
        if (&each != &tokens.front()) out << ' ';
        out << each.token << '/' << each.logprob;
        if (!each.bytes.empty()) out << '#' << each.bytes.size();
        if (!each.extra.empty()) out << text_of(each.extra);
        if (!each.top_logprobs.empty()) out << '[' << in_short(each.top_logprobs) << ']';
    }
    return out.str();
}

/// Member `logprobs` of a choice, the tokens in short, and what is kept of it.
struct told_and_read {
    constexpr told_and_read(std::string_view json, std::string_view tokens, std::string_view kept = "")
        : told(json), read(tokens), extra(kept) {}

    friend std::ostream& operator<<(std::ostream& out, told_and_read const& value) {
        return out << value.told;
    }

    std::string_view told;
    std::string_view read;
    std::string_view extra;
};

constexpr std::array<told_and_read, 44> notations{{
    // As of chat completions.
    {R"({"content":[{"token":"a","logprob":-1,"bytes":[97]}]})", "a/-1#1"},
    {R"({"content":[{"token":"a"}]})", "a/nan"},
    {R"({"content":[{"token":"a","logprob":null,"bytes":null,"top_logprobs":null}]})", "a/nan"},
    {R"({"content":[{"token":"a","logprob":"-0.25"}]})", "a/-0.25"},
    {R"({"content":[{"token":"a","logprob":"-Infinity"},{"token":"b","logprob":"-inf"}]})", "a/-inf b/-inf"},
    {R"({"content":[{"token":"a","logprob":"NaN"},{"token":"b","logprob":"inf"}]})", "a/nan b/inf"},
    {R"({"content":[{"token":"a","logprob":-Infinity}]})", "a/nan"},
    {R"({"content":[{"token":"a","logprob":"low"}]})", R"(a/nan{"logprob":"low"})"},
    {R"({"content":[{"token":5,"logprob":0}]})", "5/0"},
    {R"({"content":[{"token":null,"logprob":0}]})", "/0"},
    {R"({"content":[{"token":[1],"logprob":0}]})", R"(/0{"token":[1]})"},
    {R"({"content":[{"logprob":-1,"token":"a"},{}]})", "a/-1 /nan"},
    // Unknown members.
    {R"({"content":[{"id":9,"token":"a","logprob":-1,"text_offset":17,"x":{"y":[null]}}]})",
     R"(a/-1{"id":9,"text_offset":17,"x":{"y":[null]}})"},
    {R"({"content":[{"token":"a","bytes":[300]}]})", R"(a/nan{"bytes":[300]})"},
    {R"({"content":[{"token":"a","bytes":"YQ=="}]})", R"(a/nan{"bytes":"YQ=="})"},
    {R"({"content":[{"token":"a","bytes":["97",98.0]}]})", "a/nan#2"},
    // Alternatives.
    {R"({"content":[{"token":"a","top_logprobs":[{"token":"b","logprob":-2},{"token":"c","id":1}]}]})",
     R"(a/nan[b/-2 c/nan{"id":1}])"},
    {R"({"content":[{"token":"a","top_logprobs":{"b":-0.5,"c":"-1.5","d":null}}]})",
     "a/nan[b/-0.5 c/-1.5 d/nan]"},
    {R"({"content":[{"token":"a","top_logprobs":{"token":-0.5}}]})", "a/nan[token/-0.5]"},
    {R"({"content":[{"token":"a","top_logprobs":{"b":{"logprob":-0.5,"rank":1},"c":{"token":"d"}}}]})",
     R"(a/nan[b/-0.5{"rank":1} d/nan])"},
    {R"({"content":[{"token":"a","top_logprobs":[{"b":-0.5},{"c":-1,"d":-2}]}]})", "a/nan[b/-0.5 c/-1 d/-2]"},
    {R"({"content":[{"token":"a","top_logprobs":{"token":"b","logprob":-2}}]})", "a/nan[b/-2]"},
    {R"({"content":[{"token":"a","top_logprobs":[]}]})", "a/nan"},
    {R"({"content":[{"token":"a","top_logprobs":{}}]})", "a/nan"},
    {R"({"content":[{"token":"a","top_logprobs":[1]}]})", R"(a/nan{"top_logprobs":[1]})"},
    {R"({"content":[{"token":"a","top_logprobs":{"b":"x"}}]})", R"(a/nan{"top_logprobs":{"b":"x"}})"},
    {R"({"content":[{"token":"a","top_logprobs":[{"token":"b","top_logprobs":[]}]}]})",
     R"(a/nan[b/nan{"top_logprobs":[]}])"},
    // Older.
    {R"({"tokens":["a","b"],"token_logprobs":[-1,-2]})", "a/-1 b/-2"},
    {R"({"token_logprobs":[null,"-2"],"tokens":["a","b"],"text_offset":[0,1],"token_ids":[7,8]})",
     R"(a/nan{"text_offset":0,"token_ids":7} b/-2{"text_offset":1,"token_ids":8})"},
    {R"({"tokens":["a","b"],"token_logprobs":[-1,-2],"top_logprobs":[{"a":-1,"c":-3},null]})",
     "a/-1[a/-1 c/-3] b/-2"},
    {R"({"tokens":["a"],"top_logprobs":[[{"token":"c","logprob":-3}]]})", "a/nan[c/-3]"},
    {R"({"tokens":["a","b"],"token_logprobs":[-1]})", "a/-1 b/nan"},
    {R"({"tokens":["a","b"],"token_logprobs":null,"top_logprobs":null,"text_offset":[]})",
     "a/nan b/nan",
     R"({"logprobs":{"token_logprobs":null,"top_logprobs":null,"text_offset":[]}})"},
    {R"({"tokens":["a"],"token_logprobs":[-1,-2],"other":[1,2],"more":3})",
     "a/nan",
     R"({"logprobs":{"token_logprobs":[-1,-2],"other":[1,2],"more":3}})"},
    {R"({"tokens":[1,2],"token_logprobs":["x",-2]})", R"(1/nan{"token_logprobs":"x"} 2/-2)"},
    {R"({"content":null,"tokens":["a"],"token_logprobs":[-1]})", "a/-1"},
    {R"({"tokens":["a"],"content":[],"token_logprobs":[-1]})", "a/-1"},
    {R"({"tokens":["b"],"content":[{"token":"a","logprob":-1}]})", "a/-1", R"({"logprobs":{"tokens":["b"]}})"
    },
    {R"({"tokens":[{"x":1}],"token_logprobs":[-1]})",
     "",
     R"({"logprobs":{"tokens":[{"x":1}],"token_logprobs":[-1]}})"},
    {R"({"tokens":[],"token_logprobs":[]})", "", R"({"logprobs":{"tokens":[],"token_logprobs":[]}})"},
    // A list in the place of the object, and the other way round.
    {R"([{"token":"a","logprob":-1}])", "a/-1"},
    {R"({"content":{"token":"a","logprob":-1}})", "a/-1"},
    {R"([])", "", R"({"logprobs":[]})"},
    {R"("none")", "", R"({"logprobs":"none"})"},
}};

codec::decoded choice_with(std::string_view logprobs) {
    return decode(R"({"choices":[{"message":{"content":"x"},"logprobs":)" + std::string(logprobs) + "}]}");
}

/// Older notation of so many tokens.
std::string many_columns(std::size_t count, std::string_view more = "") {
    std::string tokens;
    std::string logprobs;
    std::string tops;
    for (std::size_t i = 0; i < count; ++i) {
        auto const comma = i == 0 ? "" : ",";
        tokens += comma + ("\" token-" + std::to_string(i) + "\"");
        logprobs += comma + ("-" + std::to_string(i) + ".0625");
        tops += comma + std::string(R"({" alternative":-1.20000000000000018})");
    }
    return R"({"tokens":[)" + tokens + R"(],"token_logprobs":[)" + logprobs + R"(],"top_logprobs":[)" + tops +
        "]" + std::string(more) + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_logprobs)

BOOST_DATA_TEST_CASE(all_notations, data::make(notations), each) {
    auto const reply = choice_with(each.told);
    BOOST_TEST(!reply.ec, reply.detail);
    BOOST_TEST(in_short(reply.first().logprobs) == each.read);
    BOOST_TEST(text_of(reply.first().extra) == (each.extra.empty() ? "{}" : each.extra));
}

BOOST_DATA_TEST_CASE(all_notations_in_a_chunk, data::make(notations), each) {
    auto const reading = test::read_whole(
        test::delta_event(R"({"content":"x"})", ",\"logprobs\":" + std::string(each.told)) + test::done()
    );
    BOOST_TEST_REQUIRE(reading.chunks.size() == 1u);
    BOOST_TEST(in_short(reading.chunks[0].choices.at(0).logprobs) == each.read);
    BOOST_TEST(text_of(reading.chunks[0].choices.at(0).extra) == (each.extra.empty() ? "{}" : each.extra));
}

BOOST_AUTO_TEST_CASE(the_refusal_has_tokens_too) {
    auto const reply = choice_with(R"({"content":null,"refusal":{"token":"no","logprob":null,"id":1}})");
    BOOST_TEST(in_short(reply.first().refusal_logprobs) == R"(no/nan{"id":1})");
    BOOST_TEST(reply.first().logprobs.empty());
}

BOOST_AUTO_TEST_CASE(older_lists_of_all_chunks_are_joined) {
    auto const chunk = [](std::string const& text, std::string const& number) {
        return test::delta_event(
            R"({"content":")" + text + "\"}",
            R"(,"logprobs":{"tokens":[")" + text + R"("],"token_logprobs":[)" + number +
                R"(],"token_ids":[1]})"
        );
    };
    auto const reading = test::read_stream(
        chunk("One", "-0.1") + chunk(" two", "-0.2") + chunk(" three", "null") + test::finish_event() +
        test::done()
    );
    auto const completion = reading.completion();
    auto const& choice = completion.choices.at(0);
    BOOST_TEST(
        in_short(choice.logprobs) ==
        R"(One/-0.1{"token_ids":1}  two/-0.2{"token_ids":1}  three/nan{"token_ids":1})"
    );
    BOOST_TEST(choice.extra.empty());
}

// More than is read in place, so in steps, with the same result.
BOOST_AUTO_TEST_CASE(large_lists) {
    constexpr std::size_t count = 20'000;
    auto const reply = choice_with(many_columns(count, R"(,"ids":1)"));
    BOOST_TEST(!reply.ec, reply.detail);
    auto const& tokens = reply.first().logprobs;
    BOOST_TEST_REQUIRE(tokens.size() == count);
    BOOST_TEST(tokens.back().token == " token-19999");
    BOOST_TEST(tokens.back().logprob == -19999.0625);
    BOOST_TEST(tokens.back().top_logprobs.at(0).token == " alternative");
    BOOST_TEST(text_of(reply.first().extra) == R"({"logprobs":{"ids":1}})");

    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += R"({"token":" token","logprob":-1.20000000000000018,"id":7},)";
    list.pop_back();
    auto const other = choice_with(R"({"content":[)" + list + "]}");
    BOOST_TEST(!other.ec, other.detail);
    BOOST_TEST_REQUIRE(other.first().logprobs.size() == count);
    BOOST_TEST(text_of(other.first().logprobs.back().extra) == R"({"id":7})");
}

BOOST_AUTO_TEST_CASE(lists_are_read_in_many_steps) {
    auto const text = many_columns(5000);
    codec::json_tape tape;
    std::size_t used = 0;
    BOOST_TEST(!tape.parse(text, codec::decode_limits(), used));
    codec::token_reader reader(tape.root());
    std::size_t steps = 1;
    while (!reader.step(1000)) ++steps;
    BOOST_TEST(steps >= 25u);
    BOOST_TEST(reader.take().size() == 5000u);
}

// Unknown members count as those of other objects do.
BOOST_AUTO_TEST_CASE(bounded) {
    auto const too_complex = [](std::string const& logprobs) {
        auto const reply = choice_with(logprobs);
        return reply.ec == errc::json_too_complex;
    };
    // Long enough to fit the memory.
    std::string numbers = "1";
    for (int i = 0; i < 70'000; ++i) numbers += ",12345678";
    BOOST_TEST(too_complex(R"({"content":[{"token":"a","x":[)" + numbers + "]}]}"));
    BOOST_TEST(too_complex(R"({"tokens":["a"],"x":[[)" + numbers + "]]}"));
    BOOST_TEST(too_complex(R"({"content":[{"token":"a","bytes":[)" + numbers + "]}]}"));
    std::string members;
    for (int i = 0; i < 600; ++i) members += ",\"" + std::to_string(i) + "\":1";
    BOOST_TEST(too_complex(R"({"content":[{"token":"a")" + members + "}]}"));
    BOOST_TEST(too_complex(R"({"content":[{"token":"a","top_logprobs":{"b":1)" + members + "}}]}"));
    std::string small;
    for (int i = 0; i < 60'000; ++i) small += ",{\"x\":{}}";
    BOOST_TEST(too_complex(R"({"content":[{})" + small + "]}"));
}

BOOST_AUTO_TEST_SUITE_END()
