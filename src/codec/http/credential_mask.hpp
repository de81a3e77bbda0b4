// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_CREDENTIAL_MASK_HPP
#define ASYNC_LLM_CODEC_HTTP_CREDENTIAL_MASK_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/response_info.hpp>

#include <boost/json/value.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Known secrets, each of whose occurrences in a diagnostic text is replaced by `***`.
/**
 * Peers repeat what they got. A secret is found as it is and in base 64, alone and within longer texts,
 * whatever the case of its letters; with characters percent-encoded or escaped as in JSON or HTML; with white
 * space or tags between them; and where only its beginning is left, in front of `...` and at the end of the
 * text.
 *
 * Contains the secrets: never log it. Linear in the length of the text.
 */
class credential_mask {
public:
    /// Shorter secrets are left alone: servers without keys take words such as `EMPTY`.
    static constexpr std::size_t min_secret_size = 8;

    credential_mask() = default;

    void add_secret(std::string_view secret);

    /// Adds the credentials in the fields whose names say that they carry one, such as `Cookie`.
    void add_headers(std::vector<http_header> const& fields);

    /// Adds the credentials in the query of a request's target whose names say that they carry one, such as
    /// `key=...`.
    void add_query(std::string_view target);

    /// Adds the value of an `Authorization` field without its scheme, and of `Basic` also the login in it.
    void add_authorization(std::string_view value);

    bool empty() const noexcept { return needles_.empty(); }

    /// The text without secrets; nothing if it has none.
    std::optional<std::string> masked(std::string_view text) const;

    /// \name Replace all secrets in place
    /// @{
    void apply(std::string& text) const;
    /// Applies to all texts of the tree, the names of members included.
    void apply(boost::json::value& tree) const;
    void apply(api_error& error) const;
    void apply(std::vector<http_header>& fields) const;
    /// Applies to the errors of a failed reply and, if it has no choice, to its unknown members. Content
    /// stays.
    void apply_to_errors(chat_completion& reply) const;
    void apply_to_errors(chat_chunk& reply) const;
    /// @}

private:
    /// One form of a secret.
    struct needle {
        needle(std::string form, std::size_t beginning);

        /// In lower case and without white space.
        std::string text;
        /// The shortest beginning that is masked where a text was cut off.
        std::size_t min_beginning;
        /// Returns whether it has a character that also begins escapes, so that a text may be read in two
        /// ways.
        bool ambiguous;
    };

    void add_secret(std::string_view secret, std::size_t min_beginning);
    void add_form(std::string_view form, std::size_t min_beginning);
    void add_base64(std::string_view secret, std::size_t min_beginning);
    void add_login(std::string_view login);
    std::size_t length_at(std::string_view text) const noexcept;
    std::size_t find(std::string_view text) const noexcept;
    void apply(boost::json::object& tree) const;
    template <class Reply>
    void apply_to_reply(Reply& reply) const;

    std::vector<needle> needles_;
    /// Bytes that an occurrence may begin with.
    std::array<bool, 256> begins_{};
};

/// Returns whether a request's header field with this name carries a credential.
bool carries_credential(std::string_view field_name) noexcept;

} // namespace async_llm::codec

#endif
