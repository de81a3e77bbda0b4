// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/structured/structured_operation.hpp"
#include "codec/json/json_writer.hpp"
#include <async_llm/error.hpp>
#include <async_llm/structured_output.hpp>

namespace async_llm {

structured_options::structured_options() = default;
structured_options::structured_options(structured_options const&) = default;
structured_options::structured_options(structured_options&&) noexcept = default;
structured_options& structured_options::operator=(structured_options const&) = default;
structured_options& structured_options::operator=(structured_options&&) noexcept = default;
structured_options::~structured_options() = default;

namespace detail {

void start_structured(
    client_ptr const& client,
    structured_handler handler,
    chat_request request,
    structured_options options,
    answer_target target
) {
    structured_operation::start(std::make_shared<structured_operation>(
        client,
        std::move(request),
        std::move(options),
        target,
        std::move(handler)
    ));
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
