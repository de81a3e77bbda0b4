// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/verdict_rows.hpp"

#include <async_llm/error.hpp>

#include <string_view>

namespace async_llm::test {
namespace {

std::string event(std::string_view data) { return "data: " + std::string(data) + "\n\n"; }

std::string piece(std::string_view content, int index = 0, std::string_view finish = "null") {
    return event(
        R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{"content":)" +
        std::string(content) + R"(},"finish_reason":)" + std::string(finish) + "}]}"
    );
}

std::string stop(int index = 0) {
    return event(
        R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{},"finish_reason":"stop"}]})"
    );
}

std::string const done = event("[DONE]");
std::string const hi = piece(R"("Hi")");
std::string const role = event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]})");
std::string const usage =
    event(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");

using rows = std::vector<verdict_row>;

error_code const well;

rows choice_numbers() {
    return {
        {"numbers that count chunks",
         piece(R"("a")") + piece(R"("b")", 1) + piece(R"("c")", 2) + stop(3) + done,
         well,
         "abc"},
        {"numbers that count from 1", piece(R"("a")", 1) + piece(R"("b")", 2) + stop(3) + done, well, "ab"},
        {"numbers that count, and a finish of number 0",
         piece(R"("a")") + piece(R"("b")", 1) + stop(0) + done,
         well,
         "ab"},
        {"numbers that count, with the role before",
         role + piece(R"("a")") + piece(R"("b")", 1) + stop(2) + done,
         well,
         "ab"},
        {"numbers beyond those of choices",
         piece(R"("a")", 127) + piece(R"("b")", 128) + piece(R"("c")", 1000) + stop(1001) + done,
         well,
         "abc"},
        {"the only choice is number 1", piece(R"("a")", 1) + piece(R"("b")", 1) + stop(1) + done, well, "ab"},
        {"the only choice is number -1",
         piece(R"("a")", -1) + piece(R"("b")", -1) + stop(-1) + done,
         well,
         "ab"},
        {"two choices though one was asked for",
         piece(R"("a")") + piece(R"("b")") + stop(0) + piece(R"("x")", 1) + piece(R"("y")", 1) + stop(1) +
             done,
         well,
         "ab"},
        {"two choices that take turns",
         piece(R"("a")") + piece(R"("x")", 1) + piece(R"("b")"),
         errc::invalid_response,
         "ax",
         "several choices"},
        {"two choices in one event",
         event(
             R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},{"index":1,"delta":{"content":"x"},"finish_reason":"stop"}]})"
         ) + done,
         well,
         "a"},
        {"two choices in one event, one of them out of range",
         event(R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":128,"delta":{"content":"x"}}]})") +
             done,
         errc::invalid_response,
         "",
         "128"},
    };
}

rows contents() {
    return {
        {"numbers as content",
         piece(R"("Price [")") + piece("6") + piece(R"("]: $")") + piece("0.005") + piece(R"(" each")") +
             stop() + done,
         well,
         "Price [6]: $0.005 each"},
        {"numbers as they are written",
         piece("1.50") + piece("-0") + piece("1e3") + piece("007.5e-1"),
         errc::invalid_json,
         "1.50-01e3"},
        {"large numbers",
         piece("18446744073709551616") + piece("0.1000000000000000000001") + stop() + done,
         well,
         "184467440737095516160.1000000000000000000001"},
        {"truth values as content",
         piece("true") + piece(R"(" or ")") + piece("false") + stop() + done,
         well,
         "true or false"},
        {"an object as content", piece(R"({"city": "Oslo"})") + stop() + done, well, R"({"city":"Oslo"})"},
        {"a part as content", piece(R"({"type":"text","text":"Hi"})") + stop() + done, well, "Hi"},
        {"text in place of delta",
         event(R"({"choices":[{"index":0,"text":"Cer","finish_reason":null}]})") +
             event(R"({"choices":[{"index":0,"text":"tainly","finish_reason":"stop"}]})") + done,
         well,
         "Certainly"},
        {"a number as text",
         event(R"({"choices":[{"index":0,"text":4.0,"finish_reason":"stop"}]})") + done,
         well,
         "4.0"},
        {"an empty list as delta",
         event(R"({"choices":[{"index":0,"delta":[],"finish_reason":null}]})") + hi + stop() + done,
         well,
         "Hi"},
        {"message in place of delta",
         event(R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})"),
         well,
         "Hi"},
    };
}

rows ends() {
    return {
        {"a finish and the mark", hi + stop() + done, well, "Hi"},
        {"a finish alone", hi + stop(), well, "Hi"},
        {"the mark alone, after content", hi + done, well, "Hi"},
        {"a usage after the finish", hi + stop() + usage + done, well, "Hi"},
        {"nothing", "", errc::empty_response, ""},
        {"the mark and nothing else", done, errc::invalid_response, "", "without a choice"},
        {"usage alone", usage + done, errc::invalid_response, "", "without a choice"},
        {"usage alone, without the mark", usage, errc::truncated_response, ""},
        {"cut", hi, errc::truncated_response, "Hi"},
        {"finish null as text", piece(R"("Hi")", 0, R"("null")"), errc::truncated_response, "Hi"},
        {"finish None as text", piece(R"("Hi")", 0, R"("None")"), errc::truncated_response, "Hi"},
        {"finish empty", piece(R"("Hi")", 0, R"("")"), errc::truncated_response, "Hi"},
        {"finish in each chunk", piece(R"("H")", 0, R"("stop")") + piece(R"("i")", 0, R"("stop")"), well, "Hi"
        },
        {"finish in each chunk, and one that can't be read",
         piece(R"("H")", 0, R"("stop")") + piece(R"("i")", 0, R"("stop")") +
             event(R"({"choices":[{"index":0,"delta":{"content":" yo)") + done,
         errc::invalid_json,
         "Hi"},
        {"finish in each chunk, and one of a wrong structure",
         piece(R"("H")", 0, R"("stop")") + piece(R"("i")", 0, R"("stop")") + event(R"({"choices":{"a":1}})") +
             done,
         errc::invalid_response,
         "Hi"},
        {"finish of every kind", piece(R"("Hi")", 0, R"("length")"), well, "Hi"},
        {"finish unknown", piece(R"("Hi")", 0, R"("eos_token")"), well, "Hi"},
        {"finish by a filter", piece(R"("Hi")", 0, R"("content_filter")"), well, "Hi"},
        {"finish by an error", piece(R"("Hi")", 0, R"("error")"), errc::generation_failed, ""},
        {"events of the Responses API",
         "event: response.output_text.delta\n" +
             event(R"({"type":"response.output_text.delta","delta":"Hi"})") +
             event(R"({"type":"response.completed","response":{"status":"completed"}})") + done,
         errc::invalid_response,
         "",
         "Responses API"},
        {"a failure of the Responses API",
         event(
             R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"it broke"}}})"
         ),
         make_http_error(500),
         "",
         "it broke"},
        {"events of Anthropic's API",
         event(R"({"type":"message_start","message":{"id":"m","role":"assistant","content":[]}})") +
             event(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})"),
         errc::invalid_response,
         "",
         "Anthropic"},
    };
}

rows ends_by_the_mark_alone() {
    auto const named = [](std::string_view name, std::string_view data) {
        return "event: " + std::string(name) + "\n" + event(data);
    };
    auto const unfinished = errc::truncated_response;
    return {
        {"reasoning alone", event(R"({"choices":[{"index":0,"delta":{"reasoning":"Hm"}}]})") + done, well, ""
        },
        {"a role alone", role + done, unfinished, "", "before it had finished"},
        {"an empty content", piece(R"("")") + done, unfinished, ""},
        {"an unknown object behind the content",
         hi + event(R"({"oops":"the worker is gone"})") + done,
         unfinished,
         "Hi",
         "the worker is gone"},
        {"an unknown object between contents",
         hi + event(R"({"vendor":{"hop":1}})") + piece(R"(" you")") + done,
         well,
         "Hi you"},
        {"an unknown object between contents of one shape",
         hi + hi + hi + event(R"({"vendor":{"hop":1}})") + hi + done,
         well,
         "HiHiHiHi"},
        {"an unknown object, and a finish", hi + event(R"({"vendor":1})") + stop() + done, well, "Hi"},
        {"a web page behind the content",
         hi + "<html><body>502 Bad Gateway</body></html>\n\n" + done,
         unfinished,
         "Hi",
         "502 Bad Gateway"},
        {"a traceback behind the content",
         hi + "Traceback (most recent call last):\n  File \"serve.py\"\nKeyError: 7\n\n" + done,
         unfinished,
         "Hi",
         "Traceback"},
        {"the last line of a traceback", hi + "ValueError: no such worker\n\n" + done, unfinished, "Hi"},
        {"an unknown field behind the content", hi + "x-vendor: 7\n\n" + done, well, "Hi"},
        {"a keep-alive without its field", hi + "keep-alive\n\n" + done, well, "Hi"},
        {"an event stream_error",
         hi + named("stream_error", R"({"reason":"the worker is gone"})") + done,
         errc::stream_error,
         "Hi",
         "the worker is gone"},
        {"an event exception, as a text",
         hi + named("exception", "the worker is gone") + done,
         errc::stream_error,
         "Hi",
         "the worker is gone"},
        {"an event stream_error after the finish",
         hi + stop() + named("stream_error", R"({"message":"the worker is gone"})") + done,
         errc::stream_error,
         "Hi",
         "the worker is gone"},
        {"one choice finished and another not",
         piece(R"("a")") + piece(R"("b")") + piece(R"("x")", 1) + stop(0) + done,
         unfinished,
         "ab"},
        {"one choice cut, of an event with several",
         event(
             R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},{"index":1,"delta":{"content":"x"}}]})"
         ) + done,
         unfinished,
         "a"},
        {"several choices without a finish",
         event(R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"x"}}]})") +
             done,
         well,
         "a"},
    };
}

rows errors() {
    std::string const reason = "the worker is gone";
    return {
        {"a field error",
         "error: {\"code\":400,\"message\":\"" + reason + "\"}\n\n" + done,
         make_http_error(400),
         "",
         reason},
        {"a field error after content",
         hi + "error: {\"message\":\"" + reason + "\"}\n\n" + done,
         errc::stream_error,
         "Hi",
         reason},
        {"a field error, one line feed behind",
         hi + "error: {\"message\":\"" + reason + "\"}\n" + done,
         errc::stream_error,
         "Hi",
         reason},
        {"a field error as text", hi + "Error: " + reason + "\n\n" + done, errc::stream_error, "Hi", reason},
        {"a field error at the very end", hi + "error: " + reason, errc::stream_error, "Hi", reason},
        {"a field error after the finish",
         hi + stop() + "error: {\"message\":\"" + reason + "\"}\n\n",
         errc::stream_error,
         "Hi",
         reason},
        {"a field error that reports none", hi + "error: null\n\nerror: {}\n\n" + stop() + done, well, "Hi"},
        {"JSON without a field",
         hi + "{\"error\":{\"message\":\"" + reason + "\"}}\n\n" + done,
         errc::stream_error,
         "Hi",
         reason},
        {"JSON without a field, at the very end",
         hi + "{\"error\":{\"message\":\"" + reason + "\"}}",
         errc::stream_error,
         "Hi",
         reason},
        {"JSON without a field, over several lines",
         hi + "{\n  \"error\": {\n \"message\": \"" + reason + "\"\n}\n}\n" + done,
         errc::stream_error,
         "Hi",
         reason},
        {"JSON over several lines, behind another line",
         hi + "x-vendor: 7\n{\n  \"error\": {\n \"message\": \"" + reason + "\"\n}\n}\n" + done,
         errc::stream_error,
         "Hi",
         reason},
        {"an error line after the finish",
         hi + stop() + "[ERROR] " + reason + "\n\n" + done,
         errc::stream_error,
         "Hi",
         reason},
        {"a chunk without a field",
         hi + R"({"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}]})" + "\n\n",
         well,
         "Hi!"},
        {"an error line", hi + "[ERROR] " + reason + "\n\n" + done, errc::stream_error, "Hi", reason},
        {"choices null and an error's code",
         role + event(R"({"choices":null,"error_code":500,"text":")" + reason + "\"}") + done,
         make_http_error(500),
         "",
         reason},
        {"base_resp",
         role + event(R"({"choices":null,"base_resp":{"status_code":1008,"status_msg":")" + reason + "\"}}") +
             done,
         errc::stream_error,
         "",
         reason},
        {"code and description",
         event(R"({"code":"Some.Error","description":")" + reason + "\"}") + done,
         errc::stream_error,
         "",
         reason},
        {"success false",
         hi + event(R"({"success":false,"msg":")" + reason + "\"}") + done,
         errc::stream_error,
         "Hi",
         reason},
        {"words alone, before the answer is complete",
         hi + event(R"({"message":")" + reason + "\"}") + done,
         errc::stream_error,
         "Hi",
         reason},
        {"words alone, before the answer", event(R"({"message":"still at it"})") + hi + done, well, "Hi"},
        {"words alone, after the finish", hi + stop() + event(R"({"message":"good-bye"})") + done, well, "Hi"
        },
        {"JSON of an unknown shape",
         event(R"({"oops":")" + reason + "\"}") + done,
         errc::invalid_response,
         "",
         reason},
        {"an error after the finish",
         hi + stop() + event(R"({"error":{"code":500,"message":")" + reason + "\"}}") + done,
         make_http_error(500),
         "Hi",
         reason},
        {"an error in a text after the finish",
         hi + stop() + event("[ERROR] " + reason),
         errc::invalid_json,
         "Hi",
         reason},
        {"an error in a ping",
         hi + "event: ping\n" + event(R"({"error":{"message":")" + reason + "\"}}"),
         errc::stream_error,
         "Hi",
         reason},
        {"an error in a choice",
         event(R"({"choices":[{"index":0,"delta":{},"error":{"code":502,"message":")" + reason + "\"}}]}"),
         make_http_error(502),
         "",
         reason},
        {"an overloaded provider",
         "event: error\n" +
             event(R"({"type":"error","error":{"type":"overloaded_error","message":")" + reason + "\"}}"),
         make_http_error(529),
         "",
         reason},
        {"a rate limit in words",
         event(R"({"error":{"code":"rate_limit_exceeded","type":"requests","message":")" + reason + "\"}}"),
         make_http_error(429),
         "",
         reason},
        {"a server error in words",
         event(R"({"error":{"type":"server_error","message":")" + reason + "\"}}"),
         make_http_error(500),
         "",
         reason},
    };
}

rows noise() {
    return {
        {"the mark in quotes", hi + stop() + event("\"[DONE]\""), well, "Hi"},
        {"the mark without brackets", hi + stop() + event("DONE"), well, "Hi"},
        {"the mark in small letters", hi + stop() + event("[done]"), well, "Hi"},
        {"the mark without its field", hi + stop() + "[DONE]\n\n", well, "Hi"},
        {"an event done", hi + stop() + "event: done\n" + event("{}"), well, "Hi"},
        {"null", hi + event("null") + piece(R"(" you")") + stop() + done, well, "Hi you"},
        {"empty lists", event("[]") + hi + event("[]") + stop() + done, well, "Hi"},
        {"a ping with a time", hi + "event: ping\n" + event("2026-09-21 10:00:00") + stop() + done, well, "Hi"
        },
        {"a ping with a text", hi + "event: ping\n" + event("are you there?") + stop() + done, well, "Hi"},
        {"a ping with an object",
         hi + "event: ping\n" + event(R"({"type":"ping"})") + stop() + done,
         well,
         "Hi"},
        {"a keep-alive as text", event("keep-alive") + hi + event("\"ping\"") + stop() + done, well, "Hi"},
        {"a ping in brackets", event("[PING]") + hi + event("[keep-alive]") + stop() + done, well, "Hi"},
        {"counts and truth values",
         event("0") + hi + event("17") + event("true") + event("ok") + event("\"OK\"") + stop() + done,
         well,
         "Hi"},
        {"a number with a fraction", hi + event("0.5") + stop() + done, errc::invalid_response, "Hi"},
        {"unknown fields", "x-vendor: 7\n" + hi + "timing: 3 ms\n\n" + stop() + done, well, "Hi"},
        {"a text after the finish", hi + stop() + event("bye") + event("7") + event("{") + done, well, "Hi"},
        {"a wrong structure after the finish",
         hi + stop() + event(R"({"choices":{"a":1}})") + done,
         well,
         "Hi"},
        {"an error behind a misspelled field",
         hi + "Data: {\"error\":{\"message\":\"why\"}}\n\n" + done,
         errc::stream_error,
         "Hi",
         "why"},
        {"an error beside choices that are none",
         hi + event(R"({"choices":"","error_code":500,"error_msg":"why"})") + done,
         make_http_error(500),
         "Hi",
         "why"},
        {"calls that are promised in another spelling",
         role + event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_use"}]})") + done,
         errc::invalid_response,
         ""},
        {"calls that are promised beside a text, whose event repeats an empty one",
         piece(R"("")") + piece(R"("Hi")") +
             event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})") + done,
         well,
         "Hi"},
        {"an error as a finish in capitals",
         hi + event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"ERROR"}]})") + done,
         errc::generation_failed,
         "Hi"},
        {"errors that report none",
         event(
             R"({"error":{"code":0,"message":"success"},"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]})"
         ) + done,
         well,
         "Hi"},
        {"a field behind a byte order mark",
         hi + "\xef\xbb\xbf" + piece(R"("o")") + stop() + done,
         well,
         "Hio"},
        {"a misspelled field", hi + "Data: " + piece(R"("o")").substr(6) + stop() + done, well, "Hio"},
        {"a doubled colon",
         hi + "data:: " + piece(R"("o")").substr(6) + stop() + done,
         errc::invalid_json,
         "Hi"},
        {"a line without its field behind data",
         hi.substr(0, hi.size() - 1) + piece(R"("o")").substr(6) + stop() + done,
         well,
         "Hio"},
        {"an event of an error that says nothing, after the finish",
         hi + stop() + "event: error\ndata: null\n\n" + done,
         well,
         "Hi"},
        {"a text before the finish", hi + event("bye") + stop() + done, errc::invalid_json, "Hi"},
    };
}

} // namespace

std::vector<verdict_row> const& verdict_rows() {
    static rows const all = [] {
        rows result;
        for (auto const& some :
             {choice_numbers(),
              contents(),
              ends(),
              ends_by_the_mark_alone(),
              errors(),
              noise(),
              verdict_rows_of_calls()})
            result.insert(result.end(), some.begin(), some.end());
        return result;
    }();
    return all;
}

} // namespace async_llm::test
