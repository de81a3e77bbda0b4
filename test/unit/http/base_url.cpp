// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/base_url.hpp"

#include "base/base64.hpp"
#include "codec/http/ip_address.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/un.h>

namespace {

using namespace async_llm;

codec::base_url parsed(std::string_view text) {
    codec::base_url url;
    std::string detail;
    BOOST_TEST(!codec::parse_base_url(text, url, detail), text << ": " << detail);
    return url;
}

std::string refused(std::string_view text) {
    codec::base_url url;
    url.host = "kept";
    std::string detail;
    BOOST_TEST((codec::parse_base_url(text, url, detail) == errc::invalid_request), text);
    BOOST_TEST(url.host == "kept");
    return detail;
}

codec::proxy_url proxy(std::string_view text) {
    codec::proxy_url url;
    std::string detail;
    BOOST_TEST(!codec::parse_proxy_url(text, url, detail), text << ": " << detail);
    return url;
}

std::string refused_proxy(std::string_view text) {
    codec::proxy_url url;
    std::string detail;
    BOOST_TEST((codec::parse_proxy_url(text, url, detail) == errc::invalid_request), text);
    return detail;
}

} // namespace

BOOST_AUTO_TEST_SUITE(base_url)

BOOST_AUTO_TEST_CASE(a_host_alone) {
    for (auto const* text :
         {"https://api.aimlapi.com", "https://api.aimlapi.com/", "HTTPS://API.aimlapi.COM//"}) {
        auto const url = parsed(text);
        BOOST_TEST(url.tls);
        BOOST_TEST(url.host == "api.aimlapi.com");
        BOOST_TEST(url.port == 443);
        BOOST_TEST(!url.is_address);
        BOOST_TEST(url.target == "/v1/chat/completions");
        BOOST_TEST(url.host_header == "api.aimlapi.com");
    }
}

BOOST_AUTO_TEST_CASE(paths) {
    BOOST_TEST(parsed("https://h/v1").target == "/v1/chat/completions");
    BOOST_TEST(parsed("https://h/v1/").target == "/v1/chat/completions");
    BOOST_TEST(parsed("https://openrouter.ai/api/v1").target == "/api/v1/chat/completions");
    BOOST_TEST(parsed("https://h:8443/a%20b/~x/").target == "/a%20b/~x/chat/completions");
    BOOST_TEST(parsed("https://h/A").target == "/A/chat/completions");
    BOOST_TEST(parsed("https://h/a%2F").target == "/a%2F/chat/completions");
}

BOOST_AUTO_TEST_CASE(the_whole_path_of_chat_completions) {
    BOOST_TEST(parsed("https://h/v1/chat/completions").target == "/v1/chat/completions");
    BOOST_TEST(parsed("https://h/v1/chat/completions/").target == "/v1/chat/completions");
    // An API at the root of a host.
    BOOST_TEST(parsed("https://h/chat/completions").target == "/chat/completions");
    BOOST_TEST(parsed("https://h//chat/completions").target == "//chat/completions");
    // Not the whole of it.
    BOOST_TEST(parsed("https://h/v1/chat").target == "/v1/chat/chat/completions");
    BOOST_TEST(parsed("https://h/groupchat/completions").target == "/groupchat/completions/chat/completions");
    BOOST_TEST(parsed("https://h/Chat/Completions").target == "/Chat/Completions/chat/completions");
}

BOOST_AUTO_TEST_CASE(queries_are_kept) {
    BOOST_TEST(parsed("https://h?x=1").target == "/v1/chat/completions?x=1");
    BOOST_TEST(parsed("https://h/?x=1").target == "/v1/chat/completions?x=1");
    BOOST_TEST(parsed("https://h/v1?x=1&y=%20").target == "/v1/chat/completions?x=1&y=%20");
    BOOST_TEST(parsed("https://h/v1/?x").target == "/v1/chat/completions?x");
    // Azure.
    BOOST_TEST(
        parsed("https://h/openai/deployments/d/chat/completions?api-version=2024-10-21").target ==
        "/openai/deployments/d/chat/completions?api-version=2024-10-21"
    );
    BOOST_TEST(
        parsed("https://h/v1?a=/chat/completions").target == "/v1/chat/completions?a=/chat/completions"
    );
    BOOST_TEST(parsed("https://h/v1?a=b?c").target == "/v1/chat/completions?a=b?c");
    BOOST_TEST(parsed("https://h/v1?").target == "/v1/chat/completions");
    BOOST_TEST(parsed("https://h:8443?x=1").host_header == "h:8443");
    BOOST_TEST(
        refused("https://h/v1?x={}") ==
        "base_url: the query contains a character that must be percent-encoded"
    );
    BOOST_TEST(
        refused("https://h/v1?x=%2") ==
        "base_url: the path contains a percent sign that begins no percent-encoding"
    );
}

BOOST_AUTO_TEST_CASE(ports_and_plain_http) {
    auto const plain = parsed("http://localhost:8000");
    BOOST_TEST(!plain.tls);
    BOOST_TEST(plain.port == 8000);
    BOOST_TEST(plain.host_header == "localhost:8000");
    BOOST_TEST(parsed("http://localhost").port == 80);
    BOOST_TEST(parsed("http://localhost:80").host_header == "localhost");
    BOOST_TEST(parsed("http://localhost:443").host_header == "localhost:443");
    BOOST_TEST(parsed("https://localhost:443").host_header == "localhost");
    BOOST_TEST(parsed("https://localhost:65535").port == 65535);
    BOOST_TEST(parsed("https://localhost:1").port == 1);
}

BOOST_AUTO_TEST_CASE(addresses) {
    auto const four = parsed("https://127.0.0.1:8443/v1");
    BOOST_TEST(four.is_address);
    BOOST_TEST(four.host == "127.0.0.1");
    BOOST_TEST(four.host_header == "127.0.0.1:8443");
    auto const six = parsed("http://[2001:DB8::1]:8080");
    BOOST_TEST(six.is_address);
    BOOST_TEST(six.host == "2001:db8::1");
    BOOST_TEST(six.port == 8080);
    BOOST_TEST(six.host_header == "[2001:db8::1]:8080");
    BOOST_TEST(parsed("https://[::1]").host_header == "[::1]");
    BOOST_TEST(parsed("https://[::ffff:1.2.3.4]/v2").target == "/v2/chat/completions");
}

BOOST_AUTO_TEST_CASE(names) {
    BOOST_TEST(!parsed("https://1.2.3.4.example").is_address);
    BOOST_TEST(parsed("http://my_service.internal").host == "my_service.internal");
    std::string const label(63, 'a');
    auto const longest = label + "." + label + "." + label + "." + std::string(61, 'a');
    BOOST_TEST(parsed("https://" + longest).host == longest);
    BOOST_TEST(refused("https://" + longest + "a") == "base_url: the host is longer than 253 characters");
    BOOST_TEST(
        refused("https://" + label + "a.com") == "base_url: the host has a label longer than 63 characters"
    );
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    BOOST_TEST(refused("") == "base_url: empty");
    BOOST_TEST(refused("api.openai.com/v1") == "base_url: does not begin with https://, http:// or unix:/");
    BOOST_TEST(refused("ftp://h") == "base_url: the scheme is neither https nor http");
    BOOST_TEST(refused("://h") == "base_url: the scheme is neither https nor http");
    BOOST_TEST(refused("https://") == "base_url: the host is empty");
    BOOST_TEST(refused("https:///v1") == "base_url: the host is empty");
    BOOST_TEST(refused("https://:443") == "base_url: the host is empty");
    BOOST_TEST(refused("https://h/v1#top") == "base_url: has a fragment");
    BOOST_TEST(refused("https://h/v 1") == "base_url: contains a space");
    BOOST_TEST(refused("https://h/v1\r\nX: y") == "base_url: contains a control character");
    BOOST_TEST(refused(std::string_view("https://h\0", 10)) == "base_url: contains a control character");
    BOOST_TEST(
        refused("https://m\xc3\xbcnchen.de").starts_with("base_url: contains a character that is not ASCII")
    );
    for (auto const* port : {"0", "65536", "99999999999999999999", "-1", "+1", "x", "80x", "8:0"})
        BOOST_TEST(
            refused(std::string("https://h:") + port) == "base_url: the port is not a number from 1 to 65535"
        );
    BOOST_TEST(refused("https://h:/v1") == "base_url: the port is empty");
    for (auto const* host : {"1.2.3", "256.1.1.1", "01.2.3.4", "1.2.3.4.5", "h.1"})
        BOOST_TEST(
            refused(std::string("https://") + host) == "base_url: the host is not a valid address",
            host
        );
    for (auto const* host : {"a..b", ".a", "a."})
        BOOST_TEST(refused(std::string("https://") + host) == "base_url: the host has an empty label", host);
    for (auto const* host : {"a%20b", "a,b", "a\\b", "<a>"})
        BOOST_TEST(
            refused(std::string("https://") + host) ==
            "base_url: the host contains a character that no name has"
        );
    for (auto const* host : {"[]", "[1.2.3.4]", "[::1%25eth0]", "[1::2::3]", "[h]"})
        BOOST_TEST(
            refused(std::string("https://") + host) == "base_url: the host is not a valid IPv6 address",
            host
        );
    BOOST_TEST(refused("https://[::1") == "base_url: the bracket of the host is not closed");
    BOOST_TEST(refused("https://[::1]x") == "base_url: something other than a port follows the host");
    BOOST_TEST(refused("https://::1/v1") == "base_url: the host is empty");
    BOOST_TEST(
        refused("https://h/{x}") == "base_url: the path contains a character that must be percent-encoded"
    );
    for (auto const* path : {"%", "%4", "%zz", "%4z", "%z4"})
        BOOST_TEST(
            refused(std::string("https://h/") + path) ==
            "base_url: the path contains a percent sign that begins no percent-encoding"
        );
}

BOOST_AUTO_TEST_CASE(a_key_in_the_url_is_refused_and_not_repeated) {
    auto const detail = refused("https://sk-secret@h/v1");
    BOOST_TEST(detail == "base_url: has a user or password; a key belongs into provider::key");
    BOOST_TEST(refused("https://h/sk-secret\n").find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_proxy) {
    auto const plain = proxy("http://Proxy.example:3128");
    BOOST_TEST(plain.host == "proxy.example");
    BOOST_TEST(plain.port == 3128);
    BOOST_TEST(!plain.is_address);
    BOOST_TEST(plain.authorization.empty());
    BOOST_TEST(proxy("http://proxy.example").port == 80);
    BOOST_TEST(proxy("proxy.example:3128/").port == 3128);
    auto const six = proxy("http://[::1]:3128");
    BOOST_TEST(six.host == "::1");
    BOOST_TEST(six.is_address);
}

BOOST_AUTO_TEST_CASE(credentials_of_a_proxy) {
    // The example of RFC 7617.
    BOOST_TEST(
        proxy("http://Aladdin:open%20sesame@p").authorization.reveal() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
    BOOST_TEST(proxy("http://u@p").authorization.reveal() == "Basic " + codec::base64_encode("u:"));
    BOOST_TEST(proxy("http://u:%21@p").authorization.reveal() == "Basic " + codec::base64_encode("u:!"));
    BOOST_TEST(
        proxy("http://u:a:b%40%C3%BC@p").authorization.reveal() ==
        "Basic " + codec::base64_encode("u:a:b@\xc3\xbc")
    );
    BOOST_TEST(
        proxy("http://u:p@ss@h:1").authorization.reveal() == "Basic " + codec::base64_encode("u:p@ss")
    );
}

BOOST_AUTO_TEST_CASE(proxies_that_are_refused) {
    BOOST_TEST(refused_proxy("") == "proxy: empty");
    BOOST_TEST(refused_proxy("https://p") == "proxy: the scheme is none of http, socks5 and socks5h");
    BOOST_TEST(refused_proxy("socks4://p") == "proxy: the scheme is none of http, socks5 and socks5h");
    BOOST_TEST(refused_proxy("socks://p") == "proxy: the scheme is none of http, socks5 and socks5h");
    BOOST_TEST(refused_proxy("http://p/path") == "proxy: has a path");
    for (auto const* text : {"http://p?x=1", "http://p/?", "p:3128?", "http://u:p?ss@p"})
        BOOST_TEST(refused_proxy(text) == "proxy: has a query", text);
    BOOST_TEST(refused_proxy("http://") == "proxy: the host is empty");
    BOOST_TEST(refused_proxy("http://p:0") == "proxy: the port is not a number from 1 to 65535");
    BOOST_TEST(
        refused_proxy("http://u%0d%0a:x@p") == "proxy: the user or password contains a control character"
    );
    BOOST_TEST(
        refused_proxy("http://u:%4@p") ==
        "proxy: the user or password contains a percent sign that begins no percent-encoding"
    );
    BOOST_TEST(
        refused_proxy("http://a%3Ab:c@p") ==
        "proxy: the user contains a colon, which Basic credentials cannot carry"
    );
}

BOOST_AUTO_TEST_CASE(base64) {
    BOOST_TEST(codec::base64_encode("") == "");
    BOOST_TEST(codec::base64_encode("f") == "Zg==");
    BOOST_TEST(codec::base64_encode("fo") == "Zm8=");
    BOOST_TEST(codec::base64_encode("foo") == "Zm9v");
    BOOST_TEST(codec::base64_encode("foob") == "Zm9vYg==");
    BOOST_TEST(codec::base64_encode("\xff\xfe\xfd\xfc") == "//79/A==");
}

BOOST_AUTO_TEST_CASE(ipv6_notations) {
    auto const same = [](std::string_view a, std::string_view b) {
        auto const one = codec::parse_ipv6(a);
        return one && one == codec::parse_ipv6(b);
    };
    BOOST_TEST(same("::", "0:0:0:0:0:0:0:0"));
    BOOST_TEST(same("1::", "1:0:0:0:0:0:0:0"));
    BOOST_TEST(same("1:2::7:8", "1:2:0:0:0:0:7:8"));
    BOOST_TEST(same("::ffff:1.2.3.4", "0:0:0:0:0:FFFF:0102:0304"));
    BOOST_TEST(same("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"));
    for (auto const* text :
         {"",
          ":",
          ":::",
          "1",
          "1:2:3:4:5:6:7",
          "1:2:3:4:5:6:7:8:9",
          "1:2:3:4:5:6:7:8::",
          "::1::",
          "12345::",
          "g::",
          "1:",
          ":1",
          "1.2.3.4::",
          "::1.2.3",
          "::1.2.3.4:5"})
        BOOST_TEST(!codec::parse_ipv6(text), text);
}

BOOST_AUTO_TEST_CASE(names_that_a_certificate_has_to_be_for) {
    auto const is_refused = [](std::string_view text) {
        std::string detail;
        auto const ec = codec::check_server_name(text, detail);
        BOOST_TEST((!ec || ec == errc::invalid_request));
        BOOST_TEST(detail.empty() == !ec);
        return bool(ec);
    };
    std::string const label(63, 'a');
    std::string const longest = label + '.' + label + '.' + label + '.' + label.substr(2);
    BOOST_TEST(longest.size() == 253U);
    for (std::string const& good :
         {std::string("localhost"),
          std::string("api.example.test"),
          std::string("API.Example.test"),
          std::string("xn--bcher-kva.example"),
          std::string("my_service.internal"),
          std::string("4chan.example"),
          std::string("127.0.0.1"),
          std::string("::1"),
          std::string("2001:db8::7"),
          label,
          longest})
        BOOST_TEST(!is_refused(good), good);
    for (std::string const& bad :
         {std::string(),
          std::string("."),
          std::string(".example.test"),
          std::string("example.test."),
          std::string("api..example.test"),
          std::string("api.example.test\0.evil.test", 26),
          std::string("api.example.test\0", 17),
          std::string(" example.test"),
          std::string("example.test "),
          std::string("exa mple.test"),
          std::string("*.example.test"),
          std::string("*"),
          std::string("example.test:443"),
          std::string("https://example.test"),
          std::string("example.test/"),
          std::string("user@example.test"),
          std::string("b\xc3\xbc"
                      "cher.example"),
          std::string("example.test\r\nX: y"),
          std::string("[::1]"),
          std::string("::1%eth0"),
          std::string("1.2.3"),
          std::string("256.1.1.1"),
          label + 'a',
          longest + 'a'})
        BOOST_TEST(is_refused(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_socks5_proxy) {
    using codec::proxy_scheme;
    BOOST_TEST((proxy("http://p").scheme == proxy_scheme::http));
    BOOST_TEST((proxy("p").scheme == proxy_scheme::http));
    auto const here = proxy("SOCKS5://p");
    BOOST_TEST((here.scheme == proxy_scheme::socks5));
    BOOST_TEST(here.port == 1080);
    BOOST_TEST(here.user.empty());
    auto const there = proxy("socks5h://u:p%40ss@[::1]:9050/");
    BOOST_TEST((there.scheme == proxy_scheme::socks5h));
    BOOST_TEST(there.host == "::1");
    BOOST_TEST(there.port == 9050);
    BOOST_TEST(there.user == "u");
    BOOST_TEST(there.password.reveal() == "p@ss");
    BOOST_TEST(there.authorization.empty());
    // RFC 1929 has no separator, so a colon is like any other character.
    BOOST_TEST(proxy("socks5://a%3Ab:c@p").user == "a:b");
    BOOST_TEST(proxy("socks5://u@p").password.empty());
}

BOOST_AUTO_TEST_CASE(logins_that_socks5_cannot_carry) {
    std::string const most(255, 'x');
    auto const too_long =
        "proxy: the user or password is longer than 255 bytes, the most that SOCKS5 can carry";
    BOOST_TEST(proxy("socks5://" + most + ":" + most + "@p").user == most);
    BOOST_TEST(refused_proxy("socks5://" + most + "x:y@p") == too_long);
    BOOST_TEST(refused_proxy("socks5h://y:" + most + "x@p") == too_long);
    BOOST_TEST(refused_proxy("socks5://:p@p") == "proxy: the user is empty, which SOCKS5 cannot carry");
}

BOOST_AUTO_TEST_CASE(a_unix_domain_socket) {
    auto const plain = parsed("unix:/run/vllm.sock");
    BOOST_TEST(plain.is_local);
    BOOST_TEST(!plain.tls);
    BOOST_TEST(plain.host == "/run/vllm.sock");
    BOOST_TEST(plain.host_header == "localhost");
    BOOST_TEST(plain.target == "/v1/chat/completions");
    BOOST_TEST(!parsed("http://h").is_local);
    BOOST_TEST(parsed("UNIX:/Run/A.sock").host == "/Run/A.sock");
    BOOST_TEST(parsed("unix:/a:/").target == "/v1/chat/completions");
    BOOST_TEST(parsed("unix:/a:/openai/v2/").target == "/openai/v2/chat/completions");
    BOOST_TEST(parsed("unix:/a:/v1/chat/completions").target == "/v1/chat/completions");
    BOOST_TEST(parsed("unix:/a?x=1").target == "/v1/chat/completions?x=1");
    BOOST_TEST(parsed("unix:/a:/v2?x=:/1").target == "/v2/chat/completions?x=:/1");
    BOOST_TEST(parsed("unix:/a:/b:c").host == "/a");
    // The path of the socket is taken as it is.
    BOOST_TEST(parsed("unix:/a%20b/{c}@d").host == "/a%20b/{c}@d");
    BOOST_TEST(parsed("unix:/run/../x//y").host == "/run/../x//y");
}

BOOST_AUTO_TEST_CASE(what_is_no_unix_domain_socket) {
    auto const form =
        "base_url: a Unix domain socket is written as unix:/path/of/socket, or unix:/path/of/socket:/v1";
    for (auto const* const text :
         {"unix:",
          "unix:run/vllm.sock",
          "unix://run/vllm.sock",
          "unix:///run/vllm.sock",
          "unix:@abstract",
          "unix:~/a",
          "unix::/v1",
          "http+unix://%2Frun%2Fvllm.sock/v1",
          "https+unix://%2Fa",
          "unix+http:///a",
          "http://unix:/run/vllm.sock:/v1",
          "https://UNIX:/a"})
        BOOST_TEST(refused(text) == form, text);
    BOOST_TEST(refused("unix:/") == "base_url: the path of the socket ends in a slash");
    BOOST_TEST(refused("unix:/run/:/v1") == "base_url: the path of the socket ends in a slash");
    auto const behind = "base_url: the path behind that of the socket does not begin with a slash";
    for (auto const* const text : {"unix:/a:", "unix:/a:v1", "unix:/a:8000/v1", "unix:/a::/v1", "unix:/a:?x"})
        BOOST_TEST(refused(text) == behind, text);
    BOOST_TEST(refused("unix:/a b") == "base_url: contains a space");
    BOOST_TEST(refused("unix:/a#b") == "base_url: has a fragment");
    BOOST_TEST(
        refused("unix:/a:/%") == "base_url: the path contains a percent sign that begins no percent-encoding"
    );
    BOOST_TEST(parsed("http://unix/v1").host == "unix");
    BOOST_TEST(parsed("http://unix:80/v1").host == "unix");
}

BOOST_AUTO_TEST_CASE(paths_of_sockets_fit_into_the_address_of_the_system) {
    auto const most = "/" + std::string(sizeof(sockaddr_un::sun_path) - 2, 'x');
    BOOST_TEST(parsed("unix:" + most).host == most);
    BOOST_TEST(parsed("unix:" + most + ":/v1").host == most);
    BOOST_TEST(
        refused("unix:" + most + "x") == "base_url: the path of the socket is longer than the system takes"
    );
}

BOOST_AUTO_TEST_SUITE_END()
