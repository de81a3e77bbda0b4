// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "types/errc_facts.hpp"
#include <async_llm/error.hpp>

#include <string>

namespace async_llm {
namespace {

// RFC 9110 and, where it has none, RFC 6585, 7725, 8470 and the codes of Cloudflare that reach clients.
char const* reason_phrase(int status) noexcept {
    switch (status) {
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 305: return "Use Proxy";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 511: return "Network Authentication Required";
    case 520: return "Web Server Returned an Unknown Error";
    case 521: return "Web Server Is Down";
    case 522: return "Connection Timed Out";
    case 523: return "Origin Is Unreachable";
    case 524: return "A Timeout Occurred";
    case 525: return "SSL Handshake Failed";
    case 526: return "Invalid SSL Certificate";
    case 529: return "Overloaded";
    default: return nullptr;
    }
}

char const* condition_message(condition value) noexcept {
    switch (value) {
    case condition::invalid_request: return "The request is not valid";
    case condition::authentication: return "The key is missing or wrong";
    case condition::permission_denied: return "The key does not allow this";
    case condition::insufficient_credits: return "The account has no credit or quota left";
    case condition::not_found: return "The path or the model does not exist";
    case condition::rate_limited: return "Too many requests or tokens";
    case condition::client_error: return "The provider blames the request";
    case condition::server_error: return "The provider failed";
    case condition::timeout: return "A limit of time was exceeded";
    case condition::connection: return "The connection failed";
    case condition::certificate: return "The server's certificate was not accepted";
    case condition::invalid_reply: return "The reply could not be understood";
    case condition::retryable: return "The same request may succeed later";
    }
    return nullptr;
}

bool matches(int status, condition wanted) noexcept {
    switch (wanted) {
    case condition::invalid_request: return status == 400 || status == 413 || status == 415 || status == 422;
    case condition::authentication: return status == 401;
    case condition::permission_denied: return status == 403;
    case condition::insufficient_credits: return status == 402;
    case condition::not_found: return status == 404 || status == 410;
    case condition::rate_limited: return status == 429;
    case condition::client_error: return status >= 400 && status <= 499;
    case condition::server_error: return status >= 500 && status <= 599;
    case condition::timeout: return status == 408 || status == 504 || status == 522 || status == 524;
    case condition::retryable:
        return status == 408 || status == 409 || status == 425 || status == 429 ||
            (status >= 500 && status <= 599);
    default: return false;
    }
}

// Boost.System keeps the destructor of its base class trivial, so that categories can be used until the very
// end.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#endif

// Categories are found by these numbers as well as by address, because a static library that is linked into
// two shared ones exists twice.
class client_error_category final : public boost::system::error_category {
public:
    constexpr client_error_category() noexcept : error_category(0x7c1d3ba5e04f9261) {}

    char const* name() const noexcept override { return "async_llm.client"; }

    std::string message(int value) const override {
        auto const* const facts = find_facts(static_cast<errc>(value));
        return facts ? facts->message : "Unknown error " + std::to_string(value);
    }
};

class http_error_category final : public boost::system::error_category {
public:
    constexpr http_error_category() noexcept : error_category(0x7c1d3ba5e04f9262) {}

    char const* name() const noexcept override { return "async_llm.http_status"; }

    std::string message(int value) const override {
        char const* text = reason_phrase(value);
        return text ? text : "HTTP status " + std::to_string(value);
    }
};

class coarse_category final : public boost::system::error_category {
public:
    constexpr coarse_category() noexcept : error_category(0x7c1d3ba5e04f9263) {}

    char const* name() const noexcept override { return "async_llm.condition"; }

    std::string message(int value) const override {
        char const* text = condition_message(static_cast<condition>(value));
        return text ? text : "Unknown condition " + std::to_string(value);
    }

    bool equivalent(error_code const& code, int value) const noexcept override {
        auto const wanted = static_cast<condition>(value);
        if (code.category() == client_category()) {
            auto const* const facts = find_facts(static_cast<errc>(code.value()));
            return facts && facts->is(wanted);
        }
        if (code.category() == http_status_category()) return matches(code.value(), wanted);
        return code.category() == *this && code.value() == value;
    }
};

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

constexpr client_error_category client_instance;
constexpr http_error_category http_instance;
constexpr coarse_category coarse_instance;

} // namespace

boost::system::error_category const& client_category() noexcept { return client_instance; }

boost::system::error_category const& http_status_category() noexcept { return http_instance; }

boost::system::error_category const& condition_category() noexcept { return coarse_instance; }

error_code make_error_code(errc value) noexcept {
    return error_code(static_cast<int>(value), client_category());
}

error_code make_http_error(int status) noexcept { return error_code(status, http_status_category()); }

boost::system::error_condition make_error_condition(condition value) noexcept {
    return boost::system::error_condition(static_cast<int>(value), condition_category());
}

} // namespace async_llm
