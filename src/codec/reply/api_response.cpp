// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/reply_padding.hpp"
#include "codec/json/json_document.hpp"
#include "codec/reply/reply_text.hpp"
#include <async_llm/api_response.hpp>
#include <async_llm/error.hpp>

#include <boost/system/system_error.hpp>

namespace async_llm {
namespace detail {

boost::json::value const& reply_text::json(error_code& ec) {
    std::call_once(parsed_, [this] { parse(); });
    ec = ec_;
    return value_;
}

void reply_text::parse() {
    codec::reply_padding padding;
    padding.pass_over(text_, text_.size());
    if (padding.size() == text_.size()) {
        ec_ = errc::invalid_json;
        detail_ = "the body is empty";
        return;
    }
    codec::json_document const parsed(text_, padding.size(), limits_);
    // Within the budget of the text: beyond it the value is null.
    auto value = parsed.valid() ? parsed.value().to_value() : boost::json::value();
    if (!parsed.valid()) {
        ec_ = parsed.error();
        detail_ = parsed.complaint("the body");
    } else if (parsed.budget().exceeded()) {
        ec_ = parsed.budget().error();
        detail_ = parsed.budget().complaint("the body");
    } else {
        value_ = std::move(value);
    }
}

} // namespace detail

api_response::api_response() = default;
api_response::api_response(std::string text) : body_(std::make_shared<detail::reply_text>()) {
    body_->assign(std::move(text), codec::decode_limits());
}
api_response::api_response(api_response const&) = default;
api_response::api_response(api_response&&) noexcept = default;
api_response& api_response::operator=(api_response const&) = default;
api_response& api_response::operator=(api_response&&) noexcept = default;
api_response::~api_response() = default;

std::string const& api_response::text() const& noexcept {
    static std::string const none;
    return body_ ? body_->text() : none;
}

std::string api_response::text() && {
    auto const body = std::move(body_);
    if (!body) return {};
    return body.use_count() == 1 ? body->take() : body->text();
}

boost::json::value const& api_response::json(error_code& ec) const {
    static boost::json::value const none;
    if (body_) return body_->json(ec);
    ec = errc::invalid_json;
    return none;
}

boost::json::value const& api_response::json() const {
    error_code ec;
    auto const& value = json(ec);
    if (ec) throw boost::system::system_error(ec, body_ ? body_->detail() : "the body is empty");
    return value;
}

} // namespace async_llm
