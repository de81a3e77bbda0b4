// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/endpoint_path.hpp"

#include "codec/http/base_url.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {

using namespace async_llm;
using namespace std::string_view_literals;

std::string joined(std::string_view base, std::string_view path) {
    codec::base_url url;
    std::string detail;
    BOOST_TEST(!codec::parse_base_url(base, url, detail), base << ": " << detail);
    BOOST_TEST(!codec::check_endpoint_path(path, detail), path << ": " << detail);
    return codec::join_endpoint(url.target, path);
}

std::string refused(std::string_view path) {
    std::string detail;
    BOOST_TEST((codec::check_endpoint_path(path, detail) == errc::invalid_request), path);
    return detail;
}

struct row {
    std::string_view base;
    std::string_view path;
    std::string_view target;
};

constexpr row rows[] = {
    {"https://h", "embeddings", "/v1/embeddings"},
    {"https://h", "/embeddings", "/v1/embeddings"},
    {"https://h/", "embeddings", "/v1/embeddings"},
    {"https://h/v1", "embeddings", "/v1/embeddings"},
    {"https://h/v1/", "/embeddings", "/v1/embeddings"},
    {"https://h/v1//", "/embeddings", "/v1/embeddings"},
    {"https://h/api/v1", "models", "/api/v1/models"},
    {"https://h/v1/chat/completions", "embeddings", "/v1/embeddings"},
    {"https://h/v1/chat/completions/", "/embeddings", "/v1/embeddings"},
    {"https://h/chat/completions", "embeddings", "/embeddings"},
    {"https://h/v1", "chat/completions", "/v1/chat/completions"},
    {"https://h/v1/chat/completions", "chat/completions", "/v1/chat/completions"},
    {"https://h/deployments/chat", "completions", "/deployments/chat/completions"},
    {"https://h/v1", "models/", "/v1/models/"},
    {"https://h/v1", "files/f-1/content", "/v1/files/f-1/content"},
    {"https://h/v1", "models/meta-llama%2FLlama-3:free", "/v1/models/meta-llama%2FLlama-3:free"},
    {"https://h/v1", "models/a..b/...", "/v1/models/a..b/..."},
    // Queries.
    {"https://h/v1", "files?limit=2&after=f", "/v1/files?limit=2&after=f"},
    {"https://h/v1", "files?", "/v1/files"},
    {"https://h/v1", "files?url=https://x/../y", "/v1/files?url=https://x/../y"},
    {"https://h/v1", "files?text=a%0Ab", "/v1/files?text=a%0Ab"},
    {"https://h/v1?api-version=1", "files", "/v1/files?api-version=1"},
    {"https://h/v1?api-version=1", "files?limit=2", "/v1/files?api-version=1&limit=2"},
    {"https://h/v1?api-version=1&x=y", "files?api-version=2", "/v1/files?x=y&api-version=2"},
    {"https://h/v1?api=1", "files?api-version=2", "/v1/files?api=1&api-version=2"},
    {"https://h/v1?flag&&a=b", "files?flag=1", "/v1/files?a=b&flag=1"},
    {"https://h?k=v", "files", "/v1/files?k=v"},
    {"https://h/v1/chat/completions?k=v", "files", "/v1/files?k=v"},
};

struct refusal {
    std::string_view path;
    std::string_view says;
};

constexpr refusal refusals[] = {
    {"", "empty"},
    {"/", "empty"},
    {"?limit=2", "empty"},
    {"/?limit=2", "empty"},
    {"//evil.example/v1", "begins with two slashes"},
    {"https://evil.example/v1", "is an absolute URL (byte 5)"},
    {"/http://evil.example", "is an absolute URL"},
    {"..", "segment of dots"},
    {"/..", "segment of dots"},
    {"../admin", "segment of dots"},
    {"files/../../admin", "segment of dots (byte 6)"},
    {"files/..", "segment of dots"},
    {"files/..?x", "segment of dots"},
    {"./files", "segment of dots"},
    {"files/.", "segment of dots"},
    {"%2e%2e/admin", "segment of dots"},
    {"files/.%2E/admin", "segment of dots"},
    {"files/%2e", "segment of dots"},
    {"files%2F..%2fadmin", "segment of dots"},
    {"files/..%5cadmin", "segment of dots"},
    {"files/..;x=1/admin", "segment of dots"},
    {"files\\..\\admin", "must be percent-encoded (byte 5)"},
    {"files#top", "has a fragment (byte 5)"},
    {"files?x#top", "has a fragment"},
    {"my file", "contains a space (byte 2)"},
    {"files?q=a b", "contains a space"},
    {"files\r\nX-Evil: 1", "contains a control character (byte 5)"},
    {"files\n", "contains a control character"},
    {"files\r", "contains a control character"},
    {"files\t", "contains a control character"},
    {"files\0"sv, "contains a control character"},
    {"files\x7f", "contains a control character"},
    {"files%00", "encoded control character"},
    {"files%0d%0aX-Evil:%201", "encoded control character"},
    {"files%7F", "encoded control character"},
    {"fichiers/\xc3\xa9t\xc3\xa9", "is not ASCII"},
    {"files\xff", "is not ASCII"},
    {"files%", "begins no percent-encoding"},
    {"files%2", "begins no percent-encoding"},
    {"files%zz", "begins no percent-encoding"},
    {"files{id}", "must be percent-encoded"},
    {"files\"", "must be percent-encoded"},
    {"files<1>", "must be percent-encoded"},
    {"files|1", "must be percent-encoded"},
    {"files[1]", "must be percent-encoded"},
    {"files?a[]=1", "must be percent-encoded"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(endpoint_path)

BOOST_AUTO_TEST_CASE(paths_are_joined) {
    for (auto const& each : rows)
        BOOST_TEST(joined(each.base, each.path) == each.target, each.base << " + " << each.path);
}

BOOST_AUTO_TEST_CASE(hostile_paths_are_refused_and_named) {
    for (auto const& each : refusals) {
        auto const detail = refused(each.path);
        BOOST_TEST(detail.starts_with("path: "), each.path);
        BOOST_TEST(detail.find(each.says) != std::string::npos, each.path << " -> " << detail);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_does_not_repeat_the_path) {
    auto const detail = refused("files?key=sk-secret-value and more");
    BOOST_TEST(detail.find("secret") == std::string::npos, detail);
}

BOOST_AUTO_TEST_CASE(the_length_is_bounded) {
    std::string detail;
    std::string path(codec::max_endpoint_path, 'a');
    BOOST_TEST(!codec::check_endpoint_path(path, detail), detail);
    path += 'a';
    BOOST_TEST(refused(path) == "path: is longer than 8192 bytes");
}

BOOST_AUTO_TEST_CASE(names_have_one_slash_and_no_query) {
    BOOST_TEST(codec::name_endpoint("files?key=secret") == "/files");
    BOOST_TEST(codec::name_endpoint("/files/f-1") == "/files/f-1");
}

BOOST_AUTO_TEST_SUITE_END()
