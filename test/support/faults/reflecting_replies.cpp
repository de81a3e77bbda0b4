// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/reflecting_replies.hpp"

#include "support/streams/streams.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace async_llm::test {
namespace {

using testing::scripted_reply;

scripted_reply page(int status, std::string const& text) {
    return scripted_reply(status, "<html><body><p>" + text + "</p></body></html>", "text/html");
}

scripted_reply events(std::vector<std::string> all) { return scripted_reply::events(std::move(all)); }

std::vector<place> const all_places{
    {"the message of a 401", [](std::string const& t) { return scripted_reply::error(401, "No: " + t); }},
    {"each word of a 400",
     [](std::string const& t) {
         auto const q = json_string(t);
         return scripted_reply(
             400,
             R"({"error":{"message":)" + q + R"(,"type":)" + json_string("type " + t) + R"(,"code":)" +
                 json_string("code " + t) + R"(,"param":)" + q + R"(,"metadata":{"provider_name":)" + q +
                 R"(,"raw":)" + json_string("raw " + t) + "}}}"
         );
     }},
    {"JSON in the words of an upstream",
     [](std::string const& t) {
         auto const inner = R"({"error":{"message":)" + json_string("No: " + t) + "}}";
         return scripted_reply(
             502,
             R"({"error":{"message":"Upstream","code":502,"metadata":{"raw":)" + json_string(inner) + "}}}"
         );
     }},
    {"the name of a member",
     [](std::string const& t) {
         return scripted_reply(403, R"({"error":{"message":"No","details":{)" + json_string(t) + ":[1]}}}");
     }},
    {"rows that name fields",
     [](std::string const& t) {
         return scripted_reply(
             422,
             R"({"detail":[{"loc":["header",)" + json_string(t) + R"(],"msg":"bad"}]})"
         );
     }},
    {"a bare string", [](std::string const& t) { return scripted_reply(401, json_string("No: " + t)); }},
    {"a plain text", [](std::string const& t) { return scripted_reply(401, "No: " + t, "text/plain"); }},
    {"a page of a 502", [](std::string const& t) { return page(502, "No: " + t); }},
    {"a page that is cut within it",
     [](std::string const& t) { return page(502, std::string(180, 'x') + ' ' + t); }},
    {"a page in place of an answer", [](std::string const& t) { return page(200, "No: " + t); }},
    {"a page in place of an answer that is cut within it",
     [](std::string const& t) { return page(200, std::string(65, 'x') + ' ' + t + " is wrong"); }},
    {"a content type", [](std::string const& t) { return scripted_reply(200, "No", "text/" + t); }},
    {"a content type of a failure",
     [](std::string const& t) { return scripted_reply(503, "No", "text/" + t); }},
    {"an array in place of an answer",
     [](std::string const& t) { return scripted_reply(200, '[' + json_string(t) + ']'); }},
    {"an error in a 200",
     [](std::string const& t) {
         return scripted_reply(200, R"({"error":{"message":)" + json_string("No: " + t) + R"(,"code":401}})");
     }},
    {"an error in a 200 that does not say that it is one",
     [](std::string const& t) {
         return scripted_reply(200, R"({"object":"error","message":)" + json_string("No: " + t) + "}");
     }},
    {"a choice that failed",
     [](std::string const& t) {
         return scripted_reply(
             200,
             R"({"choices":[{"message":null,"error":{"message":)" + json_string("No: " + t) +
                 R"(,"code":502}}]})"
         );
     }},
    {"the id of a request",
     [](std::string const& t) { return with_field(scripted_reply::error(401, "No"), "x-request-id", t); }},
    {"another field",
     [](std::string const& t) {
         return with_field(scripted_reply::error(401, "No"), "WWW-Authenticate", "Bearer realm=\"" + t + '"');
     }},
    {"the name of a field",
     [](std::string const& t) {
         return with_field(scripted_reply::error(401, "No"), "x-" + t.substr(0, t.find('=')), "1");
     }},
    {"the reason of a status",
     [](std::string const& t) {
         auto reply = scripted_reply::error(401, "No");
         reply.reason = "No " + t;
         return reply;
     }},
    {"an event that is an error",
     [](std::string const& t) {
         return events(
             {says("Hi"), event(R"({"error":{"message":)" + json_string("No: " + t) + R"(,"code":502}})")}
         );
     },
     true},
    {"an event that is named error",
     [](std::string const& t) { return events({says("Hi"), "event: error\n" + event("No: " + t)}); },
     true},
    {"a choice of an event",
     [](std::string const& t) {
         return events(
             {says("Hi"),
              event(R"({"choices":[{"index":0,"delta":{},"error":{"message":)" + json_string(t) + "}}]}")}
         );
     },
     true},
    {"an event that is no JSON",
     [](std::string const& t) { return events({says("Hi"), event(R"({"No)" + t)}); },
     true},
    {"an event that is no JSON and is cut within it",
     [](std::string const& t) { return events({says("Hi"), event('{' + std::string(80, 'x') + t + t)}); },
     true},
    {"an event that is no object",
     [](std::string const& t) { return events({says("Hi"), event(json_string("No: " + t))}); },
     true},
};

} // namespace

std::string json_string(std::string const& text) { return boost::json::serialize(boost::json::value(text)); }

std::vector<place> const& places() { return all_places; }

} // namespace async_llm::test
