// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "types/provider_presets.hpp"
#include <async_llm/provider.hpp>
#include <async_llm/request_options.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <ostream>
#include <type_traits>

namespace {

using namespace async_llm;
using namespace std::chrono_literals;

std::optional<async_llm::provider> found(std::map<std::string, std::string> const& set) {
    return codec::provider_from([&set](char const* name) -> char const* {
        auto const place = set.find(name);
        return place == set.end() ? nullptr : place->second.c_str();
    });
}

template <class T>
concept printable = requires(std::ostream& out, T const& value) { out << value; };

static_assert(printable<std::string>);
static_assert(!printable<credential>);
static_assert(!std::is_convertible_v<credential, std::string>);
static_assert(!std::is_convertible_v<credential, std::string_view>);
static_assert(!std::equality_comparable<credential>);

} // namespace

BOOST_AUTO_TEST_SUITE(provider)

BOOST_AUTO_TEST_CASE(presets) {
    auto const openrouter = async_llm::provider::openrouter("k1");
    BOOST_TEST(openrouter.name == "openrouter");
    BOOST_TEST(openrouter.base_url == "https://openrouter.ai/api/v1");
    BOOST_TEST(openrouter.key.reveal() == "k1");
    BOOST_TEST(!openrouter.dialect.requires_model);
    BOOST_TEST(bool(openrouter.dialect.takes_reasoning_back));
    BOOST_TEST(!openrouter.dialect.allows_function_role);
    BOOST_TEST(openrouter.headers.empty());

    auto const aimlapi = async_llm::provider::aimlapi("k2");
    BOOST_TEST(aimlapi.name == "aimlapi");
    BOOST_TEST(aimlapi.base_url == "https://api.aimlapi.com/v1");
    BOOST_TEST(aimlapi.dialect.requires_model);
    BOOST_TEST(!bool(aimlapi.dialect.takes_reasoning_back));
    BOOST_TEST(!aimlapi.dialect.allows_openrouter_fields);
    BOOST_TEST(aimlapi.dialect.allows_max_completion_tokens);

    auto const openai = async_llm::provider::openai("k3");
    BOOST_TEST(openai.name == "openai");
    BOOST_TEST(openai.base_url == "https://api.openai.com/v1");
    BOOST_TEST(!openai.dialect.allows_top_k);

    auto const local = async_llm::provider::openai_compatible("http://localhost:8000");
    BOOST_TEST(local.name == "openai_compatible");
    BOOST_TEST(local.base_url == "http://localhost:8000");
    BOOST_TEST(local.key.empty());
    BOOST_TEST(local.dialect.max_stop == 0u);
}

BOOST_AUTO_TEST_CASE(from_the_environment) {
    BOOST_TEST(!found({}));
    BOOST_TEST(!found({{"OPENAI_API_KEY", ""}, {"OPENAI_BASE_URL", "http://h"}}));
    std::map<std::string, std::string> set{{"OPENAI_API_KEY", "a"}};
    BOOST_TEST(found(set)->name == "openai");
    BOOST_TEST(found(set)->base_url == "https://api.openai.com/v1");
    BOOST_TEST(!found(set)->dialect.allows_top_k);
    set["OPENAI_BASE_URL"] = "http://localhost:8000";
    BOOST_TEST(found(set)->base_url == "http://localhost:8000");
    BOOST_TEST(found(set)->key.reveal() == "a");
    BOOST_TEST(found(set)->dialect.allows_top_k);
    set["AIMLAPI_API_KEY"] = "b";
    BOOST_TEST(found(set)->name == "aimlapi");
    BOOST_TEST(found(set)->base_url == "https://api.aimlapi.com/v1");
    BOOST_TEST(found(set)->key.reveal() == "b");
    set["OPENROUTER_API_KEY"] = "c";
    BOOST_TEST(found(set)->name == "openrouter");
    BOOST_TEST(found(set)->key.reveal() == "c");
    set["OPENROUTER_API_KEY"] = "";
    BOOST_TEST(found(set)->name == "aimlapi");
}

BOOST_AUTO_TEST_CASE(headers) {
    auto endpoint = async_llm::provider::openrouter("k").app("https://a", "A").add_header("X-Team", "red");
    BOOST_REQUIRE(endpoint.headers.size() == 3u);
    BOOST_TEST(endpoint.headers[0].name == "HTTP-Referer");
    BOOST_TEST(endpoint.headers[0].value == "https://a");
    BOOST_TEST(endpoint.headers[1].name == "X-Title");
    BOOST_TEST(endpoint.headers[1].value == "A");
    BOOST_TEST(endpoint.headers[2].name == "X-Team");
    endpoint.app("https://b", "").add_header("X-Team", "blue");
    BOOST_REQUIRE(endpoint.headers.size() == 3u);
    BOOST_TEST(endpoint.headers[0].value == "red");
    BOOST_TEST(endpoint.headers[1].value == "https://b");
    BOOST_TEST(endpoint.headers[2].value == "blue");
}

BOOST_AUTO_TEST_SUITE_END()
