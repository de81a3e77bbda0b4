// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/type_name.hpp"
#include "client/call/complete_call.hpp"
#include "client/state/client_state.hpp"
#include "codec/json/json_writer.hpp"
#include "codec/schema/schema_prompts.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/error.hpp>
#include <async_llm/structured_output.hpp>

#include <utility>

namespace async_llm {

structured_options::structured_options() = default;
structured_options::structured_options(structured_options const&) = default;
structured_options::structured_options(structured_options&&) noexcept = default;
structured_options& structured_options::operator=(structured_options const&) = default;
structured_options& structured_options::operator=(structured_options&&) noexcept = default;
structured_options::~structured_options() = default;

namespace detail {
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

answer_check check_answer(chat_response const& response, answer_target const& target, decode_mode mode) {
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

[[noreturn]] void fail(
    answer_check const& found,
    chat_response response,
    int attempts,
    codec::credential_mask const& credentials
) {
    auto const& refusal = response.completion.choices.front().message.refusal;
    auto const text = found.ec == errc::model_refused ? std::string_view(*refusal) : response.text();
    response.info.detail = codec::mismatch_detail(found.complaint, text);
    credentials.apply(response.info.detail);
    if (attempts > 1) response.info.detail += " (asked " + std::to_string(attempts) + " times)";
    throw completion_error(found.ec, std::move(response));
}

void ask_again(chat_request& request, chat_response const& response, std::string_view complaint) {
    // Providers refuse an assistant's message without content.
    if (!response.text().empty()) request.add(message(response.completion.choices.front().message));
    request.user(codec::correction_prompt(complaint));
}

void check(structured_options const& options, client_state const& impl, chat_request const& request) {
    if (options.max_reasks >= 0) return;
    chat_response response;
    response.info.provider = impl.first_provider().name;
    response.info.model = request.model;
    response.info.detail = "max_reasks: " + std::to_string(options.max_reasks) + " is less than 0";
    throw completion_error(errc::invalid_request, std::move(response));
}

} // namespace

asio::awaitable<chat_response> complete_structured(
    std::shared_ptr<client_state> impl,
    chat_request request,
    structured_options options,
    answer_target target,
    int& attempts
) {
    check(options, *impl, request);
    ask_for(request, options, target, impl->allows_json_schema());
    for (attempts = 1;; ++attempts) {
        auto argument = request_argument(request).with(request_options(options.request));
        auto call = complete_or_throw(impl, std::move(argument));
        auto response = co_await std::move(call);
        auto const found = check_answer(response, target, options.decoding);
        if (!found.ec) co_return std::move(response);
        if (found.is_final || attempts > options.max_reasks)
            fail(found, std::move(response), attempts, *impl->credentials_for(options.request.headers));
        ask_again(request, response, found.complaint);
        target.value.reset(target.value.value);
    }
}

tool make_tool(std::string name, std::string description, value_type const& arguments) {
    bool const strict = fits_strict_form(arguments);
    auto schema = build_schema(arguments, strict ? schema_form::strict : schema_form::open);
    auto result = tool::function(std::move(name), std::move(description), std::move(schema));
    result.strict = strict;
    return result;
}

std::string tool_result_text(boost::json::value const& result) {
    std::string text;
    codec::json_writer writer(text);
    writer.value(result);
    if (writer.fault() == codec::json_fault::none) return text;
    auto const problem = "the tool's result is no JSON: " + std::string(to_string(writer.fault()));
    throw boost::system::system_error(errc::tool_failed, problem);
}

} // namespace detail

} // namespace async_llm
