// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/request_head.hpp"

#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace async_llm;

using fields = std::vector<http_header>;

error_code build(
    provider const& endpoint,
    std::string_view user_agent,
    codec::static_request_head& head,
    std::string& detail
) {
    codec::base_url url;
    BOOST_TEST(!codec::parse_base_url(endpoint.base_url, url, detail), detail);
    return codec::build_static_head(url, endpoint, user_agent, true, head, detail);
}

std::string whole_head(
    provider const& endpoint,
    fields const& headers = {},
    std::string_view key = {},
    std::string_view user_agent = "async_llm"
) {
    codec::static_request_head head;
    std::string detail;
    BOOST_TEST(!build(endpoint, user_agent, head, detail), detail);
    std::string out = "kept";
    BOOST_TEST(!codec::append_head(head, headers, key, 42, out, detail), detail);
    BOOST_TEST(out.starts_with("kept"));
    return out.substr(4);
}

std::string refused(provider const& endpoint) {
    codec::static_request_head head;
    std::string detail;
    BOOST_TEST((build(endpoint, "async_llm", head, detail) == errc::invalid_request));
    return detail;
}

std::string refused(fields const& headers, std::string_view key = {}) {
    codec::static_request_head head;
    std::string detail;
    BOOST_TEST(!build(provider::openai("k"), "async_llm", head, detail), detail);
    std::string out = "kept";
    BOOST_TEST((codec::append_head(head, headers, key, 42, out, detail) == errc::invalid_request));
    BOOST_TEST(out == "kept");
    return detail;
}

fields one(std::string name, std::string value) {
    fields list;
    list.emplace_back(std::move(name), std::move(value));
    return list;
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_head)

BOOST_AUTO_TEST_CASE(the_usual_head) {
    BOOST_TEST(
        whole_head(provider::openrouter("sk-1").app("https://app.example", "An app")) ==
        "POST /api/v1/chat/completions HTTP/1.1\r\n"
        "Host: openrouter.ai\r\n"
        "User-Agent: async_llm\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: identity\r\n"
        "Content-Type: application/json\r\n"
        "Authorization: Bearer sk-1\r\n"
        "HTTP-Referer: https://app.example\r\n"
        "X-Title: An app\r\n"
        "Content-Length: 42\r\n"
        "\r\n"
    );
}

BOOST_AUTO_TEST_CASE(what_is_empty_is_not_sent) {
    BOOST_TEST(
        whole_head(provider::openai_compatible("http://[::1]:8000/"), {}, {}, {}) ==
        "POST /v1/chat/completions HTTP/1.1\r\n"
        "Host: [::1]:8000\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: identity\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 42\r\n"
        "\r\n"
    );
}

BOOST_AUTO_TEST_CASE(another_request_line) {
    auto const endpoint = provider::openai("sk-1").add_header("X-Team", "red").add_header("X-Other", "1");
    codec::static_request_head head;
    std::string detail;
    BOOST_TEST(!build(endpoint, "async_llm", head, detail), detail);
    std::string out;
    codec::request_line const post("POST", "/v1/embeddings?a=b", 7);
    BOOST_TEST(!codec::append_head(head, post, one("X-Team", "blue"), "key", out, detail), detail);
    BOOST_TEST(
        out ==
        "POST /v1/embeddings?a=b HTTP/1.1\r\n"
        "Host: api.openai.com\r\n"
        "User-Agent: async_llm\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: identity\r\n"
        "Content-Type: application/json\r\n"
        "Authorization: Bearer sk-1\r\n"
        "X-Other: 1\r\n"
        "X-Team: blue\r\n"
        "Idempotency-Key: key\r\n"
        "Content-Length: 7\r\n"
        "\r\n"
    );
    out.clear();
    codec::request_line const get("GET", "/v1/models", std::nullopt);
    BOOST_TEST(!codec::append_head(head, get, {}, {}, out, detail), detail);
    BOOST_TEST(
        out ==
        "GET /v1/models HTTP/1.1\r\n"
        "Host: api.openai.com\r\n"
        "User-Agent: async_llm\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: identity\r\n"
        "Authorization: Bearer sk-1\r\n"
        "X-Team: red\r\n"
        "X-Other: 1\r\n"
        "\r\n"
    );
    out = "kept";
    auto const bad = one("X-A", "b\r\nX-Evil: c");
    BOOST_TEST((codec::append_head(head, get, bad, {}, out, detail) == errc::invalid_request));
    BOOST_TEST(out == "kept");
}

BOOST_AUTO_TEST_CASE(the_call_replaces_the_provider_replaces_the_client) {
    auto const endpoint = provider::openai("sk-1")
                              .add_header("x-team", "red")
                              .add_header("user-agent", "mine")
                              .add_header("X-Other", "1");
    fields call;
    call.emplace_back("X-TEAM", "blue");
    call.emplace_back("authorization", "Bearer sk-2");
    call.emplace_back("X-New", "");
    BOOST_TEST(
        whole_head(endpoint, call) ==
        "POST /v1/chat/completions HTTP/1.1\r\n"
        "Host: api.openai.com\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: identity\r\n"
        "Content-Type: application/json\r\n"
        "user-agent: mine\r\n"
        "X-Other: 1\r\n"
        "X-TEAM: blue\r\n"
        "authorization: Bearer sk-2\r\n"
        "X-New: \r\n"
        "Content-Length: 42\r\n"
        "\r\n"
    );
}

BOOST_AUTO_TEST_CASE(one_idempotency_key) {
    auto const endpoint = provider::openai("").add_header("idempotency-key", "of the provider");
    auto const head = whole_head(endpoint, one("IDEMPOTENCY-KEY", "of the headers"), "of the options");
    BOOST_TEST(head.find("of the provider") == std::string::npos);
    BOOST_TEST(head.find("of the headers") == std::string::npos);
    BOOST_TEST(head.find("\r\nIdempotency-Key: of the options\r\n") != std::string::npos);
    BOOST_TEST(whole_head(endpoint, {}, "of the options").find("of the provider") == std::string::npos);
    BOOST_TEST(
        whole_head(endpoint, one("Idempotency-Key", "of the headers")).find("of the provider") ==
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_head_can_be_used_again) {
    codec::static_request_head head;
    std::string detail;
    BOOST_TEST(!build(provider::openai("k"), "async_llm", head, detail));
    std::string first;
    std::string second;
    BOOST_TEST(!codec::append_head(head, one("User-Agent", "x"), {}, 42, first, detail));
    first.clear();
    BOOST_TEST(!codec::append_head(head, {}, {}, 42, first, detail));
    BOOST_TEST(!codec::append_head(head, {}, {}, 42, second, detail));
    BOOST_TEST(first == second);
    BOOST_TEST(first.find("User-Agent: async_llm\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_with_a_line_break_is_not_repeated) {
    for (auto const* key : {"sk-secret\n", "sk-secret\r\nX-Evil: 1", "sk-secret\x7f"}) {
        auto const detail = refused(provider::openai(key));
        BOOST_TEST(detail == "provider::key: contains a line break or another control character");
    }
    BOOST_TEST(refused(provider::openai(std::string("sk\0secret", 9))).starts_with("provider::key: "));
}

BOOST_AUTO_TEST_CASE(bad_fields_are_named_without_their_value) {
    std::string const control = "contains a line break or another control character";
    BOOST_TEST(refused(one("X-A", "secret\n")) == "X-A: " + control);
    BOOST_TEST(refused(one("X-A", std::string("a\0b", 3))) == "X-A: " + control);
    BOOST_TEST(refused(provider::openai("").add_header("X-A", "a\rb")) == "X-A: " + control);
    BOOST_TEST(refused({}, "a\nb") == "Idempotency-Key: " + control);
    BOOST_TEST(refused(one("", "x")) == "headers: a name is empty");
    for (auto const* name : {"X A", "X:", "X\r\nY", "X\xc3\xbc", "\"X\""})
        BOOST_TEST(
            refused(one(name, "x")) == "headers: a name contains a character that is not allowed in it"
        );
}

BOOST_AUTO_TEST_CASE(tabs_and_foreign_letters_are_values) {
    BOOST_TEST(
        whole_head(provider::openai(""), one("X-A", "a\tb \xc3\xbc")).find("X-A: a\tb \xc3\xbc\r\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(fields_of_the_client_itself) {
    for (auto const* name :
         {"Host",
          "content-length",
          "TRANSFER-ENCODING",
          "Connection",
          "Keep-Alive",
          "Proxy-Connection",
          "Proxy-Authorization",
          "Upgrade",
          "Expect",
          "TE",
          "Trailer"}) {
        BOOST_TEST(refused(one(name, "x")) == std::string(name) + ": set by the client itself");
        BOOST_TEST(
            refused(provider::openai("").add_header(name, "x")) ==
            std::string(name) + ": set by the client itself"
        );
    }
}

BOOST_AUTO_TEST_CASE(content_codings_are_the_users_choice) {
    auto const endpoint = provider::openai("").add_header("accept-encoding", "gzip");
    auto const of_provider = whole_head(endpoint);
    BOOST_TEST(of_provider.find("identity") == std::string::npos);
    BOOST_TEST(of_provider.find("\r\naccept-encoding: gzip\r\n") != std::string::npos);
    auto const of_call = whole_head(endpoint, one("Accept-Encoding", "br"));
    BOOST_TEST(of_call.find("gzip") == std::string::npos);
    BOOST_TEST(of_call.find("\r\nAccept-Encoding: br\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_connection_for_one_call_is_said_to_be) {
    codec::base_url url;
    codec::static_request_head head;
    std::string detail;
    BOOST_TEST(!codec::parse_base_url("http://h/v1", url, detail));
    BOOST_TEST(!codec::build_static_head(url, provider::openai(""), "x", false, head, detail));
    std::string text;
    BOOST_TEST(!codec::append_head(head, {}, {}, 0, text, detail));
    BOOST_TEST(text.starts_with("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"));
    BOOST_TEST(whole_head(provider::openai("")).find("Connection") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bad_user_agent_is_refused) {
    codec::static_request_head head;
    std::string detail;
    BOOST_TEST((build(provider::openai(""), "a\r\nb", head, detail) == errc::invalid_request));
    BOOST_TEST(detail.starts_with("User-Agent: "));
}

BOOST_AUTO_TEST_SUITE_END()
