// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/credential_mask.hpp"

#include "base/base64.hpp"
#include "base/sanitize.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace async_llm;
using secrets = codec::credential_mask;
namespace json = boost::json;

constexpr std::string_view key = "Kf8s/Q2x&V7m\"Lp%0RtY";

secrets knowing(std::string_view secret) {
    secrets result;
    result.add_secret(secret);
    return result;
}

std::string shown(secrets const& mask, std::string text) {
    mask.apply(text);
    return text;
}

std::string shown(std::string const& text) { return shown(knowing(key), text); }

struct row {
    char const* what;
    std::string written;
};

std::vector<row> const forms{
    {"as it is", "Kf8s/Q2x&V7m\"Lp%0RtY"},
    {"in lower case", "kf8s/q2x&v7m\"lp%0rty"},
    {"in upper case", "KF8S/Q2X&V7M\"LP%0RTY"},
    {"percent-encoded", "Kf8s%2FQ2x%26V7m%22Lp%250RtY"},
    {"percent-encoded in lower case", "Kf8s%2fQ2x%26V7m%22Lp%250RtY"},
    {"percent-encoded in part", "%4bf8s/Q2x%26V7m\"Lp%0RtY"},
    {"in a JSON string", R"(Kf8s/Q2x&V7m\"Lp%0RtY)"},
    {"with each JSON escape", R"(Kf8s\/Q2x\u0026V7m\"Lp%0RtY)"},
    {"in JSON within JSON", R"(Kf8s\\\/Q2x\\u0026V7m\\\"Lp%0RtY)"},
    {"as JSON numbers", R"(\u004Bf8s/Q2x&V7m\u0022Lp%0RtY)"},
    {"in HTML", "Kf8s/Q2x&amp;V7m&quot;Lp%0RtY"},
    {"as decimal references", "&#75;f8s/Q2x&#38;V7m&#34;Lp%0RtY"},
    {"as hexadecimal references", "&#x4B;f8s/Q2x&#x26;V7m&#X22;Lp%0RtY"},
    {"in two lines", "Kf8s/Q2x&V7\r\n  m\"Lp%0RtY"},
    {"in two lines of a JSON string", R"(Kf8s/Q2x&V7\r\n\tm\"Lp%0RtY)"},
    {"with tags", "Kf8s/<wbr>Q2x&V7m\"<span class=x>Lp%0RtY"},
    {"in base 64", codec::base64_encode(key)},
};

} // namespace

BOOST_AUTO_TEST_SUITE(credential_mask)

BOOST_AUTO_TEST_CASE(a_secret_is_found_in_every_form) {
    for (auto const& [what, written] : forms) {
        BOOST_TEST_CONTEXT(what) {
            auto const alone = shown(written);
            BOOST_TEST((alone == "***" || alone == "***="));
            auto const within = shown("the key (" + written + ") is wrong");
            BOOST_TEST((within == "the key (***) is wrong" || within == "the key (***=) is wrong"));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_secret_may_have_backslashes) {
    auto const mask = knowing(R"(pass\word\)");
    for (std::string const text : {R"(<pass\word\>)", R"(<pass\\word\\>)", R"(<pass%5Cword%5c>)"})
        BOOST_TEST(shown(mask, text) == "<***>");
}

BOOST_AUTO_TEST_CASE(it_is_found_in_base_64_with_anything_around_it) {
    std::string const secret = "Zx9cVb3nM5qWeRtYu";
    auto const mask = knowing(secret);
    for (std::string const before : {"", "u", "us", "use", "user:", "user1:", "user22:"}) {
        for (std::string const behind : {"", ":", "@x", "..."}) {
            auto const encoded = codec::base64_encode(before + secret + behind);
            auto const result = shown(mask, encoded);
            BOOST_TEST_CONTEXT(encoded << " became " << result) {
                BOOST_TEST(result.find("***") != std::string::npos);
                // What surrounds it is left, with at most the two characters that it shares with it.
                BOOST_TEST(result.size() <= (before.size() + behind.size()) * 4 / 3 + 3 + 2 + 2 + 2);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(it_is_found_in_base_64_for_urls) {
    std::string const secret = "?>~~?>~~?>~~";
    auto encoded = codec::base64_encode(secret);
    BOOST_TEST(encoded.find('/') != std::string::npos);
    BOOST_TEST(encoded.find('+') != std::string::npos);
    for (char& c : encoded) c = c == '+' ? '-' : c == '/' ? '_' : c;
    BOOST_TEST(shown(knowing(secret), "x=" + encoded) == "x=***");
}

BOOST_AUTO_TEST_CASE(everything_else_stays) {
    for (std::string const text :
         {"",
          "Kf8s",
          "f8s/Q2x&V7m\"Lp%0RtY",
          "Kf8s/Q2x and V7m",
          "Kf8s/Q2x&V7mXLp%0RtY",
          "Kf8s/Q2x&V7m\"Lp%0Rt and so on",
          "100 % of \\ this & that &nbsp; &#; &#x; \\u12 %4 %",
          "a <b> c < d"})
        BOOST_TEST(shown(text) == text);
    // Half of an escape is none, and a character beyond ASCII is no byte.
    BOOST_TEST(shown(knowing("Oabcdefgh"), "%5zabcdefgh") == "%5zabcdefgh");
    BOOST_TEST(shown(knowing("\xe9-secret-x"), "&#233;-secret-x") == "&#233;-secret-x");
    BOOST_TEST(!knowing(key).masked("nothing").has_value());
    BOOST_TEST(!secrets().masked("Kf8s").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_is_found_too) {
    struct cut {
        std::string text;
        std::string result;
    };
    std::vector<cut> const cuts{
        // Half of a secret, but never more than eight characters, may be too much.
        {"wrong: Kf8s/Q2x...", "wrong: ***..."},
        {"wrong: Kf8s/Q2x&V7m\"Lp%0Rt...", "wrong: ***..."},
        {"wrong: \"Kf8s/Q2x...\" (text/html)", "wrong: \"***...\" (text/html)"},
        {"wrong: Kf8s/Q2x\xe2\x80\xa6", "wrong: ***\xe2\x80\xa6"},
        {"wrong: Kf8s/Q2x", "wrong: ***"},
        {"wrong: Kf8s%2FQ2x...", "wrong: ***..."},
        {"wrong: Kf8s/Q2...", "wrong: Kf8s/Q2..."},
        {"wrong: Kf8s/Q2", "wrong: Kf8s/Q2"},
    };
    for (auto const& each : cuts) BOOST_TEST(shown(each.text) == each.result);
    // Of a short one, half is four.
    BOOST_TEST(shown(knowing("abcdefgh"), "abcd...") == "***...");
    BOOST_TEST(shown(knowing("abcdefgh"), "abc...") == "abc...");
    // Wherever a text is made short, nothing of eight characters is left.
    std::string const secret = "Zx9cVb3nM5qWeRtYu";
    auto const page = "<html><b>wrong key</b> &quot;" + secret + "&quot;</html>";
    for (std::size_t most = 1; most != page.size(); ++most) {
        for (auto text : {codec::sanitize(page, most), codec::html_to_text(page, most)}) {
            knowing(secret).apply(text);
            BOOST_TEST_CONTEXT(text) BOOST_TEST(text.find("Zx9cVb3n") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(short_secrets_are_left_alone) {
    for (std::string const word : {"EMPTY", "none", "1234567", "  EMPTY  "}) {
        auto const mask = knowing(word);
        BOOST_TEST(mask.empty());
        BOOST_TEST(shown(mask, "the key " + word + " is wrong") == "the key " + word + " is wrong");
        auto const encoded = codec::base64_encode(word);
        BOOST_TEST(shown(mask, encoded) == encoded);
    }
    BOOST_TEST(shown(knowing("12345678"), "12345678") == "***");
}

BOOST_AUTO_TEST_CASE(secrets_that_overlap_leave_nothing_between_them) {
    secrets mask;
    mask.add_secret("abcdefghijkl");
    mask.add_secret("ijklmnopqrstuvwx");
    mask.add_secret("abcdefgh");
    BOOST_TEST(shown(mask, "<abcdefghijklmnopqrstuvwx>") == "<***>");
    BOOST_TEST(shown(mask, "<abcdefghijkl>") == "<***>");
    BOOST_TEST(shown(mask, "<abcdefghi>") == "<***i>");
    BOOST_TEST(shown(mask, "abcdefgh, ijklmnopqrstuvwx") == "***, ***");
    BOOST_TEST(shown(mask, "abcdefghijklmnop qrstuvwx, abcdefgh") == "***, ***");
}

BOOST_AUTO_TEST_CASE(fields_are_told_apart_by_their_names) {
    for (auto const* name :
         {"Authorization",
          "authorization",
          "x-api-key",
          "Api-Key",
          "X-Goog-Api-Key",
          "Ocp-Apim-Subscription-Key",
          "cf-aig-authorization",
          "X-Auth-Token",
          "x-client-secret",
          "Cookie",
          "X-Password",
          "X-Amz-Signature",
          "X-Credential"})
        BOOST_TEST(codec::carries_credential(name), name);
    for (auto const* name :
         {"Accept",
          "HTTP-Referer",
          "X-Title",
          "OpenAI-Organization",
          "anthropic-version",
          "Idempotency-Key",
          ""})
        BOOST_TEST(!codec::carries_credential(name), name);
}

BOOST_AUTO_TEST_CASE(the_credentials_of_fields_are_found_without_their_schemes) {
    secrets mask;
    std::vector<http_header> fields;
    fields.emplace_back("Authorization", "Bearer first-secret");
    fields.emplace_back("X-Api-Key", "second-secret");
    fields.emplace_back("Cookie", "a=third-secret; path; b=fourth-secret;c=x");
    fields.emplace_back("X-Auth", "Of-My-Own fifth-secret");
    fields.emplace_back("X-Token", "Basic " + codec::base64_encode("somebody:sixth-secret"));
    fields.emplace_back("X-Region", "not-a-secret");
    mask.add_headers(fields);
    mask.add_query(
        "/v1/chat/completions?region=not-a-secret&api-key=seventh-secret&x&access_token=eighth-secret"
    );
    for (std::string const text :
         {"first-secret",
          "second-secret",
          "third-secret",
          "fourth-secret",
          "fifth-secret",
          "sixth-secret",
          "seventh-secret",
          "eighth-secret",
          "Of-My-Own fifth-secret",
          "somebody:sixth-secret"})
        BOOST_TEST(shown(mask, '<' + text + '>') == "<***>");
    BOOST_TEST(shown(mask, "Bearer first-secret") == "Bearer ***");
    BOOST_TEST(shown(mask, codec::base64_encode("somebody:sixth-secret")) == "***");
    for (std::string const text : {"Bearer", "somebody", "path", "not-a-secret", "a=; b="})
        BOOST_TEST(shown(mask, text) == text);
    secrets of_empty;
    of_empty.add_authorization("Bearer EMPTY");
    BOOST_TEST(of_empty.empty());
    of_empty.add_authorization("Basic !");
    of_empty.add_authorization("");
    BOOST_TEST(of_empty.empty());
}

BOOST_AUTO_TEST_CASE(a_login_whose_password_is_empty_has_its_secret_in_the_user) {
    secrets mask;
    mask.add_authorization("Basic " + codec::base64_encode("a-token-of-mine:"));
    BOOST_TEST(shown(mask, "<a-token-of-mine>") == "<***>");
    // A password that is short is in no text, but what is sent is long.
    secrets brief;
    brief.add_authorization("Basic " + codec::base64_encode("user:pass"));
    BOOST_TEST(shown(brief, "pass of user, user:pass, dXNlcjpwYXNz") == "pass of user, ***, ***");
}

BOOST_AUTO_TEST_CASE(base_64_is_decoded) {
    for (std::string const text : {"", "a", "ab", "abc", "abcd", "user:password", "\xff\xfe\xfd\x01"})
        BOOST_TEST(codec::base64_decode(codec::base64_encode(text)) == text);
    BOOST_TEST(codec::base64_decode("YWI") == "ab");
    BOOST_TEST(codec::base64_decode("YW!I") == "a");
    BOOST_TEST(codec::base64_decode("!") == "");
}

BOOST_AUTO_TEST_CASE(texts_made_to_cost_much_cost_little) {
    auto const filled = [](std::string_view unit) {
        std::string text;
        while (text.size() < 256u * 1024) text += unit;
        return text;
    };
    // With a time that is the square of their size, each would take minutes.
    for (std::string_view const unit : {"\\", "K <>", "k%20", "\\n", "K&#32;", "<K>", "&", "%", "K\\\\n"}) {
        auto const began = std::chrono::steady_clock::now();
        auto const text = filled(unit);
        BOOST_TEST((shown(text) == text));
        BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(20)), unit);
    }
    // Behind so much that no sender would put between two characters, there is another text.
    auto const apart = std::string(key.substr(0, 1)) + std::string(200, ' ') + std::string(key.substr(1));
    BOOST_TEST(shown(apart) == apart);
}

BOOST_AUTO_TEST_CASE(trees_are_masked_with_the_names_of_their_members) {
    auto const mask = knowing("a-long-secret");
    auto tree = json::parse(R"({
        "a": "is a-long-secret",
        "b": [1, "a-long-secret", {"a-long-secret": true, "c": null}],
        "x-a-long-secret-x": {"d": "fine"}
    })");
    mask.apply(tree);
    auto const expected = json::parse(R"({
        "a": "is ***",
        "b": [1, "***", {"***": true, "c": null}],
        "x-***-x": {"d": "fine"}
    })");
    BOOST_TEST(tree == expected, json::serialize(tree));
}

BOOST_AUTO_TEST_CASE(every_text_of_an_error_is_masked) {
    std::string const secret = "a-long-secret";
    api_error error;
    for (auto* text :
         {&error.message, &error.type, &error.code, &error.param, &error.provider_name, &error.upstream})
        *text = "<" + secret + ">";
    error.raw = json::value(secret);
    error.status = 401;
    chat_completion whole;
    whole.extra["message"] = secret;
    whole.choices.emplace_back().error = error;
    whole.choices.back().message.content = secret;
    knowing(secret).apply_to_errors(whole);
    auto const& masked = *whole.choices.front().error;
    for (auto const* text :
         {&masked.message, &masked.type, &masked.code, &masked.param, &masked.provider_name, &masked.upstream
         })
        BOOST_TEST(*text == "<***>");
    BOOST_TEST(masked.raw == json::value("***"));
    BOOST_TEST(masked.status == 401);
    // The content is the user's.
    BOOST_TEST(whole.choices.front().message.content.value() == secret);
    BOOST_TEST(whole.extra.at("message") == json::value(secret));
    chat_chunk chunk;
    chunk.extra["message"] = secret;
    knowing(secret).apply_to_errors(chunk);
    BOOST_TEST(chunk.extra.at("message") == json::value("***"));
}

BOOST_AUTO_TEST_CASE(names_and_values_of_fields_are_masked) {
    std::vector<http_header> fields;
    fields.emplace_back("x-a-long-secret", "1");
    fields.emplace_back("x-request-id", "req-a-long-secret");
    knowing("a-long-secret").apply(fields);
    BOOST_TEST(fields[0].name == "x-***");
    BOOST_TEST(fields[0].value == "1");
    BOOST_TEST(fields[1].name == "x-request-id");
    BOOST_TEST(fields[1].value == "req-***");
}

BOOST_AUTO_TEST_SUITE_END()
