// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/tools/run_tools_operation.hpp"
#include "client/tools/tool_loop_checks.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/run_tools.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>

namespace async_llm {

toolbox::toolbox() = default;
toolbox::toolbox(toolbox const&) = default;
toolbox::toolbox(toolbox&&) noexcept = default;
toolbox& toolbox::operator=(toolbox const&) = default;
toolbox& toolbox::operator=(toolbox&&) noexcept = default;
toolbox::~toolbox() = default;

toolbox& toolbox::add(tool definition, tool_function function) & {
    auto const name = detail::name_of(definition);
    auto const place = std::ranges::find(definitions_, name, detail::name_of);
    if (place == definitions_.end()) {
        functions_.push_back(std::move(function));
        definitions_.push_back(std::move(definition));
    } else {
        functions_[static_cast<std::size_t>(place - definitions_.begin())] = std::move(function);
        *place = std::move(definition);
    }
    return *this;
}

toolbox&& toolbox::add(tool definition, tool_function function) && {
    return std::move(add(std::move(definition), std::move(function)));
}

toolbox& toolbox::add(
    std::string name,
    std::string description,
    boost::json::object parameters,
    tool_function function
) & {
    return add(
        tool::function(std::move(name), std::move(description), std::move(parameters)),
        std::move(function)
    );
}

toolbox&& toolbox::add(
    std::string name,
    std::string description,
    boost::json::object parameters,
    tool_function function
) && {
    return std::move(add(std::move(name), std::move(description), std::move(parameters), std::move(function))
    );
}

tool_function const* toolbox::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < definitions_.size(); ++i) {
        if (detail::name_of(definitions_[i]) == name) return &functions_[i];
    }
    return nullptr;
}

run_tools_options::run_tools_options() = default;
run_tools_options::run_tools_options(run_tools_options const&) = default;
run_tools_options::run_tools_options(run_tools_options&&) noexcept = default;
run_tools_options& run_tools_options::operator=(run_tools_options const&) = default;
run_tools_options& run_tools_options::operator=(run_tools_options&&) noexcept = default;
run_tools_options::~run_tools_options() = default;

run_tools_result::run_tools_result() = default;
run_tools_result::run_tools_result(run_tools_result const&) = default;
run_tools_result::run_tools_result(run_tools_result&&) noexcept = default;
run_tools_result& run_tools_result::operator=(run_tools_result const&) = default;
run_tools_result& run_tools_result::operator=(run_tools_result&&) noexcept = default;
run_tools_result::~run_tools_result() = default;

namespace detail {

void start_run_tools(
    client_ptr const& client,
    run_tools_handler handler,
    chat_request request,
    toolbox tools,
    run_tools_options options
) {
    run_tools_operation::start(std::make_shared<run_tools_operation>(
        client,
        std::move(request),
        std::move(tools),
        std::move(options),
        std::move(handler)
    ));
}

} // namespace detail

std::exception_ptr to_exception(error_code ec, run_tools_result&& run) noexcept {
    return run.exception ? run.exception : to_exception(ec, std::move(run.response));
}

asio::awaitable<run_tools_result>
run_tools(client const& sender, chat_request request, toolbox tools, run_tools_options options) {
    return async_run_tools(
        sender,
        std::move(request),
        std::move(tools),
        std::move(options),
        with_response(asio::use_awaitable)
    );
}

} // namespace async_llm
