// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/line_hasher.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <new>
#include <string>

namespace async_llm::file {

/// Digest and context, which are expensive to find for each of a million short texts.
struct line_hasher::engine {
    engine() : digest(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context(EVP_MD_CTX_new()) {
        if (!digest || !context) throw std::bad_alloc();
    }
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;
    ~engine() = default;

    struct free_digest {
        void operator()(EVP_MD* d) const noexcept { EVP_MD_free(d); }
    };
    struct free_context {
        void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
    };

    std::unique_ptr<EVP_MD, free_digest> digest;
    std::unique_ptr<EVP_MD_CTX, free_context> context;
};

line_hasher::line_hasher() : engine_(std::make_unique<engine>()) {}
line_hasher::~line_hasher() = default;

content_hash line_hasher::hash(char kind, std::initializer_list<std::string_view> parts) {
    auto* const context = engine_->context.get();
    bool good = EVP_DigestInit_ex2(context, engine_->digest.get(), nullptr) == 1;
    good = good && EVP_DigestUpdate(context, &kind, 1) == 1;
    for (auto const part : parts) {
        // With its length, so that no two lists of parts are the same text.
        std::array<unsigned char, 8> size{};
        for (std::size_t i = 0; i < size.size(); ++i)
            size[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(part.size()) >> 8 * i);
        good = good && EVP_DigestUpdate(context, size.data(), size.size()) == 1;
        good = good && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (!good || EVP_DigestFinal_ex(context, digest.data(), nullptr) != 1) throw std::bad_alloc();
    content_hash result{};
    std::copy_n(digest.begin(), result.size(), result.begin());
    return result;
}

content_hash line_hasher::hash_content(std::string_view path, std::string_view model, std::string_view body) {
    return hash('c', {path, model, body});
}

codec::line_key line_hasher::make_key(std::string_view custom_id, content_hash const& content) {
    auto key = hash('i', {custom_id});
    std::copy_n(content.begin(), key.size() - codec::id_key_size, key.begin() + codec::id_key_size);
    return key;
}

codec::line_key
line_hasher::make_refused_key(std::uint64_t number, std::string_view text, std::uint64_t size) {
    auto key = hash('r', {std::to_string(number)});
    auto const content = hash('t', {text, std::to_string(size)});
    std::copy_n(content.begin(), key.size() - codec::id_key_size, key.begin() + codec::id_key_size);
    return key;
}

} // namespace async_llm::file
