// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TOOL_HPP
#define ASYNC_LLM_TOOL_HPP

#include <async_llm/detail/config.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace async_llm {

/// A function that the model may call, or a tool that the provider runs itself.
struct tool {
    tool() = default;

    /// A function tool. `parameters` is a JSON schema; AI/ML API demands one, so an empty object schema is
    /// the default.
    ASYNC_LLM_DECL static tool
    function(std::string name, std::string description, boost::json::object parameters);

    /// A tool in the provider's own notation, e.g. `{"type":"openrouter:web_search"}`; sent as it is.
    ASYNC_LLM_DECL static tool raw(boost::json::object value);

    /// The function's name: 1 to 64 of `a-z A-Z 0-9 _ -`. Empty for a raw tool.
    std::string name;
    /// Purpose of the tool, for the model. Unset: not sent.
    std::optional<std::string> description;
    /// JSON schema of the arguments. Unset: not sent.
    std::optional<boost::json::object> parameters;
    /// Demand arguments that follow the schema exactly. Unset: not sent.
    std::optional<bool> strict;
    /// Further members of the tool object (`cache_control`, ...), or the whole of a raw tool.
    boost::json::object extra;
};

/// Choice of tools: those that the model must, may or must not call.
struct tool_choice {
    /// No tool may be called.
    ASYNC_LLM_DECL static tool_choice none();
    /// The model decides; what providers do when nothing is said.
    ASYNC_LLM_DECL static tool_choice automatic();
    /// At least one tool must be called.
    ASYNC_LLM_DECL static tool_choice required();
    /// This function must be called.
    ASYNC_LLM_DECL static tool_choice function(std::string name);
    /// The provider's own notation.
    ASYNC_LLM_DECL static tool_choice raw(boost::json::value value);

    /// Value that is sent: a word or an object.
    boost::json::value value;

private:
    explicit tool_choice(boost::json::value v) : value(std::move(v)) {}
};

/// A call that the model asks for.
struct tool_call {
    tool_call() = default;
    tool_call(std::string call_id, std::string function_name, std::string json_arguments)
        : id(std::move(call_id)), name(std::move(function_name)), arguments(std::move(json_arguments)) {}

    /// The provider's id, to be given back with the result. May be empty: some providers leave it out.
    std::string id;
    /// `function`, or `custom` (OpenAI).
    std::string type = "function";
    /// The function's (or custom tool's) name.
    std::string name;
    /// The arguments as the model wrote them: usually, not always, a JSON object. For `custom`: the free
    /// input.
    std::string arguments;
    /// Members the library does not know.
    boost::json::object extra;
    /// True: the reply was cut off (`finish_reason` `length` or `content_filter`) before the call was
    /// complete, so it is not to be run. Default: false.
    bool is_cut = false;

    /// Parses `arguments`; an empty text or array counts as `{}`, as several providers send it.
    /**
     * Bare control characters in a text are taken as they are, NaN and infinity as null, and bytes that are
     * not UTF-8 as U+FFFD, as in a reply.
     *
     * Errors, with null returned: `errc::invalid_json`, also for a call that \ref is_cut;
     * `errc::json_too_complex` for an object with more than 512 members or more than 200,000 values in all.
     */
    ASYNC_LLM_DECL boost::json::value parse_arguments(error_code& ec) const;
};

} // namespace async_llm

#endif
