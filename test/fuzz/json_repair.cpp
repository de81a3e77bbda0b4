// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_repair.hpp"

#include "codec/json/json_document.hpp"
#include "codec/json/json_scalar.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "support/fixtures/reference_json.hpp"

#include <boost/json/serialize.hpp>

#include <optional>
#include <string>

// An input: "<marked, or anything else for replaced>", and a text.

namespace async_llm::fuzz {
namespace {

using codec::half_characters;

constexpr std::size_t max_json_depth = 32;

/// Parses a whole text by Boost.JSON; nothing: it is refused.
std::optional<std::string> parse_strictly(std::string_view text) {
    std::size_t used = 0;
    error_code ec;
    auto const tree = test::parse_with_boost(text, max_json_depth, used, ec);
    if (ec) return std::nullopt;
    return boost::json::serialize(tree) + std::string(text.substr(used));
}

std::string repaired(std::string_view text, half_characters halves) {
    own_block const bytes(text);
    codec::json_repair repair(bytes.view(), static_cast<std::size_t>(-1), halves);
    while (!repair.step()) {
    }
    require(repair.changed() || repair.text().empty(), "nothing is written where nothing changes");
    if (!repair.changed()) return std::string(text);
    std::size_t before = 0;
    for (std::size_t i = 0; i <= repair.text().size(); i += 1 + repair.text().size() / 64) {
        auto const origin = repair.origin_of(i);
        require(before <= origin && origin <= text.size(), "places are in the order of the text, and in it");
        before = origin;
    }
    require(repair.memory() <= repair.text().size() + 64, "the new text has no more room than it needs");
    return std::string(repair.text());
}

void require_rewritten_well(std::string_view text, half_characters halves) {
    auto const once = repaired(text, halves);
    require_same(repaired(once, halves), once, "what was rewritten stays");
    auto const strict = parse_strictly(text);
    if (!strict) return;
    // Behind the value may stand anything.
    auto const now = parse_strictly(once);
    require(now.has_value(), "what was valid is valid");
    std::size_t used = 0;
    error_code ec;
    test::parse_with_boost(text, max_json_depth, used, ec);
    require(once.substr(0, used) == text.substr(0, used), "what is valid stays");
}

void require_parsed_well(std::string_view text, half_characters halves) {
    own_block const bytes(text);
    codec::decode_limits limits(max_json_depth);
    limits.max_json_members = limits.max_json_values = limits.max_json_expansion = 0;
    codec::json_document const parsed(bytes.view(), 0, limits, halves);
    auto const once = parse_strictly(repaired(text, halves));
    if (!parsed.valid()) {
        require(is_one_line(parsed.complaint("it")), "a complaint is one line");
        require(parsed.next_line() <= text.size(), "a line is in the text");
        return;
    }
    require(once.has_value(), "what is read is valid when it was rewritten");
    auto const tree = boost::json::serialize(parsed.value().to_value());
    require(once->starts_with(tree), "what is read is what the parser reads");
}

} // namespace

void fuzz_json_repair(std::string_view input) {
    option_line options(input);
    auto const halves = options.word() == "marked" ? half_characters::marked : half_characters::replaced;
    require_rewritten_well(input, halves);
    require_parsed_well(input, halves);
}

} // namespace async_llm::fuzz
