// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/base_url.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace {

using async_llm::codec::base_url;

using variables = std::map<std::string, std::string>;

std::optional<std::string> proxy_for(std::string_view target, variables const& set) {
    base_url url;
    std::string detail;
    BOOST_TEST(!async_llm::codec::parse_base_url(target, url, detail), detail);
    auto const lookup = [&set](char const* name) -> char const* {
        auto const place = set.find(name);
        return place == set.end() ? nullptr : place->second.c_str();
    };
    return async_llm::codec::proxy_from_environment(url, lookup);
}

/// Does the list name the target?
bool exempt(std::string_view target, std::string const& list) {
    return !proxy_for(target, {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", list}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(proxy_environment)

BOOST_AUTO_TEST_CASE(none_is_set) {
    BOOST_TEST(!proxy_for("https://h", {}));
    BOOST_TEST(!proxy_for("https://h", {{"HTTPS_PROXY", ""}, {"https_proxy", " "}}));
    BOOST_TEST(!proxy_for("https://h", {{"HTTP_PROXY", "http://p"}, {"http_proxy", "http://p"}}));
}

BOOST_AUTO_TEST_CASE(either_spelling) {
    BOOST_TEST(proxy_for("https://h", {{"HTTPS_PROXY", "http://a"}}).value() == "http://a");
    BOOST_TEST(proxy_for("https://h", {{"https_proxy", " http://b "}}).value() == "http://b");
    BOOST_TEST(
        proxy_for("https://h", {{"HTTPS_PROXY", "http://a"}, {"https_proxy", "http://b"}}).value() ==
        "http://a"
    );
}

BOOST_AUTO_TEST_CASE(a_proxy_for_all_is_second_choice) {
    BOOST_TEST(proxy_for("https://h", {{"ALL_PROXY", "socks5h://a"}}).value() == "socks5h://a");
    BOOST_TEST(proxy_for("https://h", {{"all_proxy", " socks5://b "}}).value() == "socks5://b");
    BOOST_TEST(proxy_for("https://h", {{"ALL_PROXY", "a"}, {"all_proxy", "b"}}).value() == "a");
    BOOST_TEST(proxy_for("https://h", {{"https_proxy", "a"}, {"ALL_PROXY", "b"}}).value() == "a");
    BOOST_TEST(proxy_for("https://h", {{"HTTPS_PROXY", " "}, {"ALL_PROXY", "b"}}).value() == "b");
    BOOST_TEST(!proxy_for("https://h", {{"ALL_PROXY", "a"}, {"NO_PROXY", "h"}}));
    BOOST_TEST(!proxy_for("http://h", {{"ALL_PROXY", "a"}}));
}

BOOST_AUTO_TEST_CASE(plain_http_has_no_proxy) {
    BOOST_TEST(!proxy_for("http://h", {{"HTTPS_PROXY", "http://a"}, {"https_proxy", "http://a"}}));
}

BOOST_AUTO_TEST_CASE(exemptions_in_either_spelling) {
    BOOST_TEST(!proxy_for("https://h", {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", "h"}}));
    BOOST_TEST(!proxy_for("https://h", {{"HTTPS_PROXY", "http://p"}, {"no_proxy", "h"}}));
    BOOST_TEST(
        proxy_for("https://h", {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", ""}, {"no_proxy", "x"}}).has_value()
    );
}

BOOST_AUTO_TEST_CASE(names) {
    BOOST_TEST(exempt("https://api.example.com", "*"));
    BOOST_TEST(exempt("https://api.example.com", "api.example.com"));
    BOOST_TEST(exempt("https://api.example.com", "example.com"));
    BOOST_TEST(exempt("https://api.example.com", ".example.com"));
    BOOST_TEST(exempt("https://api.example.com", "*.example.com"));
    BOOST_TEST(exempt("https://example.com", ".example.com"));
    BOOST_TEST(exempt("https://api.example.com", "localhost, 10.0.0.0/8 ,API.Example.COM"));
    BOOST_TEST(!exempt("https://api.example.com", "ample.com"));
    BOOST_TEST(!exempt("https://api.example.com", "www.example.com"));
    BOOST_TEST(!exempt("https://example.com", "api.example.com"));
    BOOST_TEST(!exempt("https://example.com", ""));
    BOOST_TEST(!exempt("https://example.com", ",, ,.,:443"));
}

BOOST_AUTO_TEST_CASE(ports) {
    BOOST_TEST(exempt("https://h.com", "h.com:443"));
    BOOST_TEST(exempt("https://a.h.com:8443", ".h.com:8443"));
    BOOST_TEST(!exempt("https://h.com:8443", "h.com:443"));
    BOOST_TEST(!exempt("https://h.com", "h.com:x"));
    BOOST_TEST(exempt("https://[::1]:8443", "[::1]:8443"));
    BOOST_TEST(!exempt("https://[::1]", "[::1]:8443"));
}

BOOST_AUTO_TEST_CASE(addresses) {
    BOOST_TEST(exempt("https://127.0.0.1", "127.0.0.1"));
    BOOST_TEST(!exempt("https://127.0.0.1", "0.0.1"));
    BOOST_TEST(!exempt("https://127.0.0.1", "127.0.0.2"));
    BOOST_TEST(exempt("https://[::1]", "::1"));
    BOOST_TEST(exempt("https://[::1]", "[0:0::1]"));
    BOOST_TEST(!exempt("https://[::1]", "::2"));
}

BOOST_AUTO_TEST_CASE(blocks_of_addresses) {
    BOOST_TEST(exempt("https://10.255.0.1", "10.0.0.0/8"));
    BOOST_TEST(!exempt("https://11.0.0.1", "10.0.0.0/8"));
    BOOST_TEST(exempt("https://192.168.3.4", "192.168.2.0/23"));
    BOOST_TEST(!exempt("https://192.168.4.4", "192.168.2.0/23"));
    BOOST_TEST(exempt("https://1.2.3.4", "9.9.9.9/0"));
    BOOST_TEST(exempt("https://1.2.3.4", "1.2.3.4/32"));
    BOOST_TEST(!exempt("https://1.2.3.4", "1.2.3.4/33"));
    BOOST_TEST(!exempt("https://1.2.3.4", "1.2.3.4/"));
    BOOST_TEST(!exempt("https://1.2.3.4", "1.2.3.4/x"));
    BOOST_TEST(exempt("https://[fd12::1]", "fd00::/8"));
    BOOST_TEST(!exempt("https://[fe80::1]", "fd00::/8"));
    BOOST_TEST(!exempt("https://[::1]", "0.0.0.0/0"));
}

BOOST_AUTO_TEST_SUITE_END()
