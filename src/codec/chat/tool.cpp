// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_repair.hpp"
#include "codec/json/json_scalar.hpp"
#include <async_llm/error.hpp>
#include <async_llm/tool.hpp>

#include <utility>

namespace async_llm {
namespace {

// Far above what a tool takes, and far below what the parser's and the destructor's recursion can bear.
constexpr std::size_t max_argument_depth = 128;

/// Parses a text that is one value. Errors: `invalid_json` and `json_too_complex`.
boost::json::value parse_all_of(std::string_view text, error_code& ec) {
    std::size_t used = 0;
    auto value = codec::parse_json(text, max_argument_depth, used, ec);
    bool const goes_on = !ec && text.find_first_not_of(" \t\r\n", used) != std::string_view::npos;
    if (goes_on || (ec && ec != errc::json_too_complex)) ec = errc::invalid_json;
    return value;
}

} // namespace

tool tool::function(std::string name, std::string description, boost::json::object parameters) {
    if (parameters.empty()) {
        parameters["type"] = "object";
        parameters["properties"].emplace_object();
    }
    tool result;
    result.name = std::move(name);
    result.description = std::move(description);
    result.parameters = std::move(parameters);
    return result;
}

tool tool::raw(boost::json::object value) {
    tool result;
    result.extra = std::move(value);
    return result;
}

tool_choice tool_choice::none() { return tool_choice("none"); }

tool_choice tool_choice::automatic() { return tool_choice("auto"); }

tool_choice tool_choice::required() { return tool_choice("required"); }

tool_choice tool_choice::function(std::string name) {
    boost::json::object choice;
    choice["type"] = "function";
    choice["function"].emplace_object()["name"] = name;
    return tool_choice(std::move(choice));
}

tool_choice tool_choice::raw(boost::json::value value) { return tool_choice(std::move(value)); }

boost::json::value tool_call::parse_arguments(error_code& ec) const {
    ec.clear();
    if (is_cut) {
        ec = errc::invalid_json;
        return nullptr;
    }
    if (arguments.find_first_not_of(" \t\r\n") == std::string::npos) return boost::json::object();
    auto value = parse_all_of(arguments, ec);
    if (ec == errc::invalid_json) {
        // As lenient as with a reply.
        if (auto const repaired = codec::repaired_json(arguments)) value = parse_all_of(*repaired, ec);
    }
    if (ec) return nullptr;
    // That is an empty object where a language does not distinguish them.
    if (value.is_array() && value.get_array().empty()) return boost::json::object();
    return value;
}

} // namespace async_llm
