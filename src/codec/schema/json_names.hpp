// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_SCHEMA_JSON_NAMES_HPP
#define ASYNC_LLM_CODEC_SCHEMA_JSON_NAMES_HPP

#include <async_llm/detail/value_type.hpp>
#include <async_llm/schema_notes.hpp>

#include <cstddef>
#include <string_view>

namespace async_llm::codec {

inline std::string_view name_or(member_notes const* notes, std::string_view cpp_name) noexcept {
    return notes && !notes->json_name().empty() ? std::string_view(notes->json_name()) : cpp_name;
}

/// Returns the name of a member in JSON.
inline std::string_view json_name(detail::record_type const& type, std::size_t index) {
    return name_or(detail::type_notes::find(type.notes, index), type.members[index].name);
}

/// Returns the name of an enumerator in JSON.
inline std::string_view json_name(detail::enumeration_type const& type, std::size_t index) {
    return name_or(detail::type_notes::find(type.notes, index), type.enumerators[index].name);
}

} // namespace async_llm::codec

#endif
