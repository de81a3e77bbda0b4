// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/socks5_handshake.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace {

using handshake_type = async_llm::net::socks5_handshake;
using namespace std::string_literals;

// What a proxy sends, message by message.
std::string const no_login = "\x05\x00"s;
std::string const login = "\x05\x02"s;
std::string const welcome = "\x01\x00"s;
std::string const opened = "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"s;
std::string const opened_ipv6 = "\x05\x00\x00\x04"s + std::string(15, '\0') + "\x01\x00\x50"s;

std::string opened_with_name(std::size_t size) {
    return "\x05\x00\x00\x03"s + static_cast<char>(size) + std::string(size, 'n') + "\x00\x50"s;
}

/// Handshake whose proxy answers each message with the next of these, in pieces of `step` bytes.
struct exchange {
    exchange(handshake_type h, std::vector<std::string> const& answers, std::size_t step = 1000)
        : handshake(std::move(h)) {
        for (auto const& answer : answers) {
            send();
            for (std::size_t i = 0; i < answer.size() && !has_ended(); i += step)
                handshake.put(std::string_view(answer).substr(i, step));
        }
    }

    bool has_ended() const { return handshake.is_open() || handshake.has_failed(); }

    void send() {
        if (handshake.unsent().empty()) return;
        sent.emplace_back(handshake.unsent());
        handshake.note_sent(handshake.unsent().size());
    }

    handshake_type handshake;
    std::vector<std::string> sent;
};

handshake_type plain() { return handshake_type("api.test", 443); }
handshake_type with_login() { return handshake_type("api.test", 443, "user", "secret"); }

/// Handshake that fails, and how.
struct wrong {
    wrong(bool l, std::vector<std::string> a, char const* f, bool about_address = false)
        : has_login(l), answers(std::move(a)), fault(f), is_about_address(about_address) {}

    bool has_login;
    std::vector<std::string> answers;
    std::string fault;
    bool is_about_address;
};

std::string refusal(int code) {
    return "\x05"s + static_cast<char>(code) + "\x00\x01\x00\x00\x00\x00\x00\x00"s;
}

std::string not_connected(std::string const& why) { return "it did not connect to api.test:443: " + why; }

void check_refusal(int code, std::string const& meaning, bool is_about_address) {
    exchange const x(plain(), {no_login, refusal(code)});
    BOOST_TEST(x.handshake.has_failed());
    BOOST_TEST(x.handshake.fault() == not_connected(meaning + " (" + std::to_string(code) + ")"));
    BOOST_TEST(x.handshake.is_about_address() == is_about_address);
}

} // namespace

BOOST_AUTO_TEST_SUITE(socks5_handshake)

BOOST_AUTO_TEST_CASE(without_a_login_a_name_goes_as_it_is) {
    exchange const x(plain(), {no_login, opened});
    BOOST_TEST(x.handshake.is_open(), x.handshake.fault());
    BOOST_TEST_REQUIRE(x.sent.size() == 2u);
    BOOST_TEST(x.sent[0] == "\x05\x01\x00"s);
    BOOST_TEST(x.sent[1] == "\x05\x01\x00\x03\x08"s + "api.test\x01\xbb"s);
}

BOOST_AUTO_TEST_CASE(addresses_go_in_network_order) {
    exchange const four(handshake_type("1.2.3.4", 80), {no_login, opened});
    BOOST_TEST(four.sent.back() == "\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50"s);
    exchange const six(handshake_type("2001:db8::1", 0xFFFE), {no_login, opened});
    auto const address = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"s;
    BOOST_TEST(six.sent.back() == "\x05\x01\x00\x04"s + address + "\xff\xfe"s);
}

BOOST_AUTO_TEST_CASE(a_name_of_255_bytes_fits) {
    std::string const name(255, 'n');
    exchange const x(handshake_type(name, 1), {no_login, opened});
    BOOST_TEST(x.sent.back() == "\x05\x01\x00\x03\xff"s + name + "\x00\x01"s);
}

BOOST_AUTO_TEST_CASE(a_login_is_offered_and_sent_if_it_is_chosen) {
    exchange const x(with_login(), {login, welcome, opened});
    BOOST_TEST(x.handshake.is_open(), x.handshake.fault());
    BOOST_TEST_REQUIRE(x.sent.size() == 3u);
    BOOST_TEST(x.sent[0] == "\x05\x02\x00\x02"s);
    BOOST_TEST(x.sent[1] == "\x01\x04user\x06secret"s);
    BOOST_TEST(x.sent[2].starts_with("\x05\x01\x00\x03"s));
    exchange const unwanted(with_login(), {no_login, opened});
    BOOST_TEST(unwanted.handshake.is_open());
    BOOST_TEST(unwanted.sent.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_longest_login_fits) {
    std::string const longest(255, 'u');
    exchange const x(handshake_type("h", 1, longest, longest), {login, welcome, opened});
    BOOST_TEST(x.sent[1] == "\x01\xff"s + longest + "\xff"s + longest);
}

BOOST_AUTO_TEST_CASE(replies_with_each_type_of_address_in_pieces_of_each_size) {
    for (auto const& reply :
         {opened, opened_ipv6, opened_with_name(0), opened_with_name(1), opened_with_name(255)}) {
        for (std::size_t step = 1; step <= reply.size(); ++step) {
            exchange const x(with_login(), {login, welcome, reply}, step);
            BOOST_TEST(x.handshake.is_open(), x.handshake.fault());
            BOOST_TEST(x.handshake.surplus().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(what_comes_behind_the_reply_is_of_the_target) {
    for (auto const& reply : {opened, opened_ipv6, opened_with_name(7)}) {
        exchange const x(plain(), {no_login, reply + "\x05\x01 hello"});
        BOOST_TEST(x.handshake.is_open());
        BOOST_TEST(x.handshake.surplus() == "\x05\x01 hello");
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_closes_at_any_byte_is_named) {
    std::vector<std::string> const answers{login, welcome, opened_with_name(3)};
    std::vector<std::string> const faults{
        "it closed the connection without an answer",
        "it closed the connection during the authentication",
        "it closed the connection before it had connected to the target"
    };
    for (std::size_t message = 0; message != answers.size(); ++message) {
        for (std::size_t cut = 0; cut != answers[message].size(); ++cut) {
            std::vector<std::string> some(
                answers.begin(),
                answers.begin() + static_cast<std::ptrdiff_t>(message)
            );
            some.push_back(answers[message].substr(0, cut));
            exchange x(with_login(), some);
            BOOST_TEST(!x.has_ended());
            x.send();
            x.handshake.put_end();
            BOOST_TEST(x.handshake.has_failed());
            BOOST_TEST(x.handshake.fault() == faults[message], message << " " << cut);
        }
    }
}

BOOST_AUTO_TEST_CASE(hostile_answers) {
    auto const other = "it does not speak SOCKS5";
    auto const more = "it sent more than its answer";
    auto const strange = "it chose an authentication that was not offered";
    std::vector<wrong> const table{
        {false, {"\x04"s}, other},
        {false, {"\x00\x5a"s}, other},
        {false, {"HTTP/1.1 400 Bad Request\r\n\r\n"}, other},
        {false, {login}, strange},
        {false, {"\x05\x01"s}, strange},
        {true, {"\x05\x03"s}, strange},
        {true, {"\x05\xfe"s}, strange},
        {false, {"\x05\xff"s}, "it demands an authentication, and its URL has no user"},
        {true, {"\x05\xff"s}, "it accepts no authentication by user and password"},
        {false, {no_login + "\x05"s}, more},
        {false, {no_login + opened}, more},
        {true, {login + welcome}, more},
        {true, {login, welcome + opened}, more},
        {true, {login, "\x05\x00"s}, other},
        {true, {login, "\x01\x01"s}, "it refused the user or the password"},
        {true, {login, "\x01\xff"s}, "it refused the user or the password"},
        {false, {no_login, "\x04\x00\x00\x01"s}, other},
        {false, {no_login, "\x01\x00"s}, other},
        {false, {no_login, "\x05\x00\x00\x00"s}, "its reply has an address of an unknown type"},
        {false, {no_login, "\x05\x00\x00\x02"s}, "its reply has an address of an unknown type"},
        {false, {no_login, "\x05\x00\x00\xff"s}, "its reply has an address of an unknown type"},
        {false, {no_login, "\x05\x05"s}, "it did not connect to api.test:443: connection refused (5)", true},
    };
    for (auto const& row : table) {
        for (auto const step : {std::size_t(1), std::size_t(1000)}) {
            // In single bytes, an early one looks like the beginning of the next answer.
            if (step == 1 && row.fault == more) continue;
            exchange const x(row.has_login ? with_login() : plain(), row.answers, step);
            BOOST_TEST(x.handshake.has_failed());
            BOOST_TEST(x.handshake.fault() == row.fault);
            BOOST_TEST(x.handshake.is_about_address() == row.is_about_address);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_code_of_a_reply_has_its_meaning) {
    check_refusal(1, "general failure", true);
    check_refusal(2, "not allowed by its rules", false);
    check_refusal(3, "network unreachable", true);
    check_refusal(4, "host unreachable", true);
    check_refusal(5, "connection refused", true);
    check_refusal(6, "time to live expired", true);
    check_refusal(7, "command not supported", false);
    check_refusal(8, "address type not supported", true);
    for (int code = 9; code <= 255; ++code) check_refusal(code, "unknown reply", false);
}

BOOST_AUTO_TEST_CASE(an_ipv6_target_is_named_in_brackets) {
    exchange const x(handshake_type("::1", 8080), {no_login, refusal(5)});
    BOOST_TEST(x.handshake.fault() == "it did not connect to [::1]:8080: connection refused (5)");
}

BOOST_AUTO_TEST_CASE(a_partly_sent_message_goes_on_where_it_stopped) {
    auto h = with_login();
    BOOST_TEST(h.unsent().size() == 4u);
    h.note_sent(1);
    BOOST_TEST(h.unsent() == "\x02\x00\x02"s);
    h.put("\x05");
    BOOST_TEST(h.fault() == "it sent more than its answer");
}

BOOST_AUTO_TEST_SUITE_END()
