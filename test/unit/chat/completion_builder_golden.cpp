// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/describe.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/completion_builder.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

// A stream says what the whole reply says: each reply is cut into the stream that would say
// the same.

using namespace async_llm;
using namespace async_llm::test;
namespace json = boost::json;

namespace {

/// Gives `text` in pieces of this many bytes, but no half characters.
template <class Use>
void cut(std::string_view text, std::size_t size, Use use) {
    while (!text.empty()) {
        auto end = std::min(size, text.size());
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
        use(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::string_view text_in(json::value const& from) { return from.as_string(); }

/// Makes the events of a stream of the JSON of a reply.
class cutter {
public:
    cutter(json::object const& reply, std::size_t size) : size_(size), head_(reply) {
        for (auto const* name : {"choices", "usage", "object"}) head_.stable_erase(name);
        auto const& choices = reply.at("choices").as_array();
        for (auto const& choice : choices) begin(choice.as_object());
        for (auto const& choice : choices) tell(choice.as_object());
        for (auto const& choice : choices) finish(choice.as_object());
        if (auto const* usage = reply.if_contains("usage")) {
            auto chunk = head_;
            chunk["choices"].emplace_array();
            chunk["usage"] = *usage;
            events_ += event(json::serialize(chunk));
        }
        events_ += done();
    }

    std::string const& events() const { return events_; }

private:
    void say(json::value const& index, json::object delta, json::object members = {}) {
        members["index"] = index;
        members["delta"] = std::move(delta);
        auto chunk = head_;
        chunk["object"] = "chat.completion.chunk";
        chunk["choices"] = json::array{std::move(members)};
        chunk["usage"] = nullptr;
        events_ += event(json::serialize(chunk));
    }

    void begin(json::object const& choice) {
        auto delta = choice.at("message").as_object();
        for (auto const* name : pieced_) delta.stable_erase(name);
        say(choice.at("index"), std::move(delta));
    }

    void tell(json::object const& choice) {
        auto const& index = choice.at("index");
        auto const& message = choice.at("message").as_object();
        for (auto const* name : {"reasoning", "refusal", "content"}) {
            auto const* text = message.if_contains(name);
            if (text && text->is_array()) say(index, {{name, *text}});
            if (!text || !text->is_string()) continue;
            if (text->get_string().empty()) say(index, {{name, ""}});
            cut(text_in(*text), size_, [&](auto piece) { say(index, {{name, piece}}); });
        }
        auto const* calls = message.if_contains("tool_calls");
        for (std::size_t i = 0; calls && i < calls->as_array().size(); ++i)
            tell_call(index, i, calls->as_array()[i].as_object());
    }

    void tell_call(json::value const& index, std::size_t place, json::object call) {
        auto& function = call.at("function").as_object();
        auto const arguments = std::string(text_in(function.at("arguments")));
        function["arguments"] = "";
        call["index"] = place;
        say(index, {{"tool_calls", json::array{call}}});
        cut(arguments, size_, [&](auto piece) {
            json::object const next{{"index", place}, {"function", {{"arguments", piece}}}};
            say(index, {{"tool_calls", json::array{next}}});
        });
    }

    void finish(json::object const& choice) {
        auto members = choice;
        members.stable_erase("message");
        say(choice.at("index"), {}, std::move(members));
    }

    static constexpr std::array<char const*, 4> pieced_{"reasoning", "refusal", "content", "tool_calls"};
    std::size_t size_;
    json::object head_;
    std::string events_;
};

void check_same(std::string_view body) {
    auto const reply = codec::decode(body);
    BOOST_TEST_REQUIRE(!reply.ec, reply.detail);
    auto const parsed = json::parse(body);
    for (std::size_t const size : {std::size_t(1), std::size_t(7), std::size_t(1000)}) {
        auto const reading = read_whole(cutter(parsed.as_object(), size).events());
        BOOST_TEST_REQUIRE((reading.end == chunk_reading::outcome::end), reading.detail);
        auto const streamed = reading.completion();
        BOOST_TEST(describe(streamed) == describe(reply.completion));
        BOOST_TEST(streamed.object == reply.completion.object);
    }
    // A server that can't stream sends it as it is.
    BOOST_TEST(describe(read_whole(body).completion()) == describe(reply.completion));
}

std::string with_message(std::string_view message) {
    return R"({"id":"a","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":)" +
        std::string(message) + R"(,"finish_reason":"stop"}],"usage":{"total_tokens":3}})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(completion_builder_golden)

BOOST_AUTO_TEST_CASE(replies_of_the_documentation) {
    for (std::string const name :
         {"Llama-3-70b-chat-hf",
          "Llama-3-8b-chat-hf",
          "Meta-Llama-3-8B-Instruct-Lite",
          "Llama-3.3-70B-Instruct-Turbo",
          "Llama-3.1-Nemotron-70B-Instruct-HF",
          "llama-3-70b-instruct"})
        check_same(codec::read_file(ASYNC_LLM_TEST_DATA_DIR "/seeds/" + name + ".reply.json"));
}

BOOST_AUTO_TEST_CASE(text) {
    check_same(
        with_message(R"({"role":"assistant","content":"Gr\u00fc\u00dfe, \ud83d\ude00! \"quoted\"\n\\"})")
    );
    check_same(with_message(R"({"role":"assistant","content":""})"));
    check_same(with_message(R"({"role":"assistant","content":null})"));
}

BOOST_AUTO_TEST_CASE(reasoning_and_refusal) {
    check_same(
        with_message(R"({"role":"assistant","content":"Hi","reasoning":"Let me think.","refusal":null})")
    );
    check_same(with_message(R"({"role":"assistant","content":null,"refusal":"I can't help with that."})"));
}

BOOST_AUTO_TEST_CASE(tool_calls) {
    check_same(with_message(
        R"({"role":"assistant","content":null,"tool_calls":[)"
        R"({"id":"a","type":"function","function":{"name":"f","arguments":"{\"city\":\"M\\u00fcnchen\"}"}},)"
        R"({"id":"b","type":"function","function":{"name":"f","arguments":""},"x":1}]})"
    ));
}

BOOST_AUTO_TEST_CASE(several_choices_with_log_probabilities) {
    check_same(
        R"({"id":"a","object":"chat.completion","created":5,"model":"m","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":"one"},"finish_reason":"stop",)"
        R"("logprobs":{"content":[{"token":"one","logprob":-0.5,"bytes":[111,110,101],"top_logprobs":[{"token":"two","logprob":-1}]}]}},)"
        R"({"index":1,"message":{"role":"assistant","content":"two"},"finish_reason":"length"},)"
        R"({"index":2,"message":{"role":"assistant","content":null,"refusal":"no"},"finish_reason":"eos",)"
        R"("logprobs":{"refusal":[{"token":"no","logprob":-2}]}}]})"
    );
}

BOOST_AUTO_TEST_CASE(parts_media_and_unknown_members) {
    check_same(
        R"({"id":"gen-1","object":"chat.completion","created":5,"model":"m","provider":"P","system_fingerprint":"f",)"
        R"("service_tier":"default","openrouter_metadata":{"attempt":1},"choices":[{"index":0,"finish_reason":"stop",)"
        R"("native_finish_reason":"STOP","more":[1],"message":{"role":"assistant","content":[)"
        R"({"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Hel"},{"type":"text","text":"lo"}],)"
        R"("reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s","index":0}],)"
        R"("annotations":[{"type":"url_citation"}],"images":[{"image_url":{"url":"u"}}],)"
        R"("audio":{"id":"x","data":"AAAA","transcript":"t"},"name":"n","thoughts":"deep"}}],)"
        R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":0.5,"is_byok":false,)"
        R"("cost_details":{"upstream_inference_cost":0.25},"completion_tokens_details":{"reasoning_tokens":1}}})"
    );
}

BOOST_AUTO_TEST_CASE(streams_of_providers) {
    auto const of = [](std::string const& stream) { return read_whole(stream).completion(); };
    auto const completion = of(samples::openai());
    BOOST_TEST(completion.text() == "Hello");
    BOOST_TEST(completion.choices.at(0).logprobs.size() == 2u);
    BOOST_TEST(!completion.choices.at(0).message.refusal);
    BOOST_TEST(codec::text_of(completion.extra) == R"({"obfuscation":"q"})");

    auto const reasoned = of(samples::openrouter_reasoning()).choices.at(0).message;
    BOOST_TEST((reasoned.reasoning == "Let me think."));
    BOOST_TEST(
        codec::text_of(*reasoned.reasoning_details) ==
        R"([{"type":"reasoning.text","text":"Let me think.","format":"anthropic-claude-v1","index":0,"signature":"c2ln"},)"
        R"({"type":"reasoning.encrypted","data":"ZA==","index":1}])"
    );
    BOOST_TEST((of(samples::openrouter_usage_in_choice()).choices.at(0).finish_reason == finish_reason::stop)
    );
    BOOST_TEST(of(samples::openrouter_error_with_choice()).text() == "Half a");
}

BOOST_AUTO_TEST_SUITE_END()
