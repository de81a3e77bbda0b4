// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/structured/structured_operation.hpp"

#include "async/exception.hpp"
#include "async/try_post.hpp"
#include "base/type_name.hpp"
#include "codec/schema/schema_prompts.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace async_llm::detail {
namespace {

schema_mode mode_for(structured_options const& options, bool allows_schema) noexcept {
    if (options.mode != schema_mode::automatic) return options.mode;
    return allows_schema ? schema_mode::json_schema : schema_mode::json_object;
}

std::string name_for(structured_options const& options, answer_target const& target) {
    if (!options.name.empty()) return options.name;
    // The names of standard containers say much about C++ and nothing to a model.
    return target.object == target.value.type ? codec::schema_name(*target.object->id) : "answer";
}

/// Into the system message that is there: many models' templates take one only, and only in front.
void add_system_text(chat_request& request, std::string text) {
    auto& messages = request.messages;
    bool const has_system = !messages.empty() &&
        (messages.front().role == role::system || messages.front().role == role::developer);
    if (has_system && messages.front().content && messages.front().parts.empty())
        messages.front().content->append("\n\n").append(text);
    else
        messages.insert(messages.begin(), message::system(std::move(text)));
}

void ask_for(
    chat_request& request,
    structured_options const& options,
    answer_target const& target,
    bool allows_schema
) {
    auto const mode = mode_for(options, allows_schema);
    if (mode == schema_mode::json_schema) {
        auto const form = fits_strict_form(*target.object) ? options.form : schema_form::open;
        auto schema = build_schema(*target.object, form);
        bool const strict = form == schema_form::strict;
        request.response_format =
            response_format::json_schema(name_for(options, target), std::move(schema), strict);
        return;
    }
    request.response_format.reset();
    if (mode == schema_mode::json_object) request.response_format = response_format::json_object();
    // The model alone reads it, and it understands the plainer form better.
    add_system_text(request, codec::schema_prompt(build_schema(*target.object, schema_form::open)));
}

/// Describes the fault of an answer.
struct answer_check {
    answer_check() = default;
    answer_check(error_code code, std::string text, bool ends)
        : ec(code), complaint(std::move(text)), is_final(ends) {}

    error_code ec;
    std::string complaint;
    /// Asking again would not help.
    bool is_final = false;
};

error_code
decode(std::string_view text, answer_target const& target, decode_mode mode, std::string& complaint) {
    auto const& slot = target.value;
    value_slot const object(*target.object, slot.value, slot.reset);
    error_code ec = decode_text(text, object, mode, complaint);
    if (!ec || mode == decode_mode::strict || target.object == slot.type) return ec;
    // The model may have left out the object around the value.
    slot.reset(slot.value);
    std::string ignored;
    if (!decode_text(text, slot, mode, ignored)) return {};
    return ec;
}

std::string why_cut_off(choice const& answer) {
    if (answer.finish_reason == finish_reason::length)
        return "the answer was cut off (finish_reason length): ";
    if (answer.finish_reason == finish_reason::content_filter)
        return "the answer was cut off (finish_reason content_filter): ";
    return {};
}

answer_check verdict_on(chat_response const& response, answer_target const& target, decode_mode mode) {
    auto const& answer = response.completion.choices.front();
    auto const& refusal = answer.message.refusal;
    if (refusal && !refusal->empty()) return {errc::model_refused, "the model refused", true};
    std::string complaint;
    if (!decode(response.text(), target, mode, complaint)) return {};
    if (auto const& calls = response.tool_calls(); !calls.empty()) {
        // Its calls would have to be answered first.
        return {errc::schema_mismatch, "the model called the tool " + calls.front().name, true};
    }
    auto const reason = why_cut_off(answer);
    return {errc::schema_mismatch, reason + complaint, !reason.empty()};
}

} // namespace

void structured_operation::start(std::shared_ptr<structured_operation> const& op) {
    op->handler_.forward_cancellation(op);
    net::launch_post(op);
}

void structured_operation::request_cancel(asio::cancellation_type type) {
    net::try_post(strand(), [weak = weak_from_this(), type] {
        auto const self = std::static_pointer_cast<structured_operation>(weak.lock());
        if (!self) return;
        // The call knows whether it comes too late for it.
        self->cancelled_ = true;
        self->cancel_.emit(type);
    });
}

asio::awaitable<void> structured_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!prepare()) co_return;
    do {
        ++*target_.attempts;
        co_await ask();
    } while (!ec_ && !check_answer());
}

void structured_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) {
        ec_ = net::error_from_exception(exception);
        *target_.exception = std::move(exception);
    }
    handler_.complete(ec_);
}

// False: there is nothing to ask.
bool structured_operation::prepare() {
    auto& info = target_.response->info;
    info.provider = impl_->first_provider().name;
    info.model = request_.model;
    if (options_.max_reasks < 0) {
        end(errc::invalid_request, "max_reasks: " + std::to_string(options_.max_reasks) + " is less than 0");
        return false;
    }
    ask_for(request_, options_, target_, impl_->allows_json_schema());
    return true;
}

asio::awaitable<void> structured_operation::ask() {
    replied_ = false;
    auto on_reply = [weak = weak_from_this()](error_code ec, chat_response response) {
        auto const self = std::static_pointer_cast<structured_operation>(weak.lock());
        if (!self) return;
        self->ec_ = ec;
        *self->target_.response = std::move(response);
        self->replied_ = true;
        self->news_.open();
    };
    complete_handler handler(asio::bind_cancellation_slot(cancel_.slot(), std::move(on_reply)), strand());
    auto argument = request_argument(request_).with(request_options(options_.request));
    start_complete(impl_, std::move(handler), std::move(argument));
    while (!replied_) co_await news_.wait();
}

// False: the model is to be asked again.
bool structured_operation::check_answer() {
    auto& response = *target_.response;
    auto const found = verdict_on(response, target_, options_.decoding);
    if (!found.ec) return true;
    int const attempts = *target_.attempts;
    if (found.is_final || attempts > options_.max_reasks) {
        auto const& refusal = response.completion.choices.front().message.refusal;
        auto const text = found.ec == errc::model_refused ? std::string_view(*refusal) : response.text();
        auto detail = codec::mismatch_detail(found.complaint, text);
        impl_->credentials_for(options_.request.headers)->apply(detail);
        if (attempts > 1) detail += " (asked " + std::to_string(attempts) + " times)";
        end(found.ec, std::move(detail));
        return true;
    }
    if (cancelled_) {
        end(asio::error::operation_aborted, "the call was cancelled before the model was asked again");
        return true;
    }
    ask_again(found.complaint);
    return false;
}

void structured_operation::ask_again(std::string_view complaint) {
    auto const& response = *target_.response;
    // Providers refuse an assistant's message without content.
    if (!response.text().empty()) request_.add(message(response.completion.choices.front().message));
    request_.user(codec::correction_prompt(complaint));
    target_.value.reset(target_.value.value);
}

void structured_operation::end(error_code ec, std::string detail) {
    ec_ = ec;
    target_.response->info.detail = std::move(detail);
}

} // namespace async_llm::detail
