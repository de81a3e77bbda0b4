// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "fuzz/targets.hpp"
#include "support/streams/decoding.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// The inputs of test/fuzz/corpus and test/fuzz/findings, as tests that need no clang.

namespace async_llm::fuzz {
namespace {

namespace data = boost::unit_test::data;

struct target {
    constexpr target(std::string_view target_name, void (*function)(std::string_view))
        : name(target_name), run(function) {}

    friend std::ostream& operator<<(std::ostream& out, target const& value) { return out << value.name; }

    std::string_view name;
    void (*run)(std::string_view);
};

constexpr auto targets = std::to_array<target>({
    {"sse_parser", fuzz_sse_parser},
    {"decode_reply", fuzz_decode_reply},
    {"chunk_reader", fuzz_chunk_reader},
    {"chunk_template", fuzz_chunk_template},
    {"decode_error", fuzz_decode_error},
    {"decode_memory", fuzz_decode_memory},
    {"json_repair", fuzz_json_repair},
    {"response_parser", fuzz_response_parser},
    {"content_decoder", fuzz_content_decoder},
    {"batch_request", fuzz_batch_request},
    {"resume_scan", fuzz_resume_scan},
#ifdef ASYNC_LLM_HAS_HTTP2
    {"http2_session", fuzz_http2_session},
#endif
});

struct stored_input {
    stored_input(target const& whose, std::string file) : of(whose), path(std::move(file)) {}

    friend std::ostream& operator<<(std::ostream& out, stored_input const& value) {
        return out << value.path;
    }

    target of;
    /// From test/fuzz on.
    std::string path;
};

std::filesystem::path folder() { return ASYNC_LLM_SOURCE_DIR "/test/fuzz"; }

/// The files of test/fuzz/KIND/TARGET; none if there is no such folder, as where nothing was ever found.
std::vector<stored_input> stored_inputs(std::string_view kind, target const& of) {
    std::vector<stored_input> inputs;
    std::error_code ec;
    for (auto const& entry : std::filesystem::directory_iterator(folder() / kind / of.name, ec))
        inputs.emplace_back(of, entry.path().lexically_relative(folder()).string());
    std::sort(inputs.begin(), inputs.end(), [](auto const& a, auto const& b) { return a.path < b.path; });
    return inputs;
}

std::vector<stored_input> all_inputs() {
    std::vector<stored_input> all;
    for (auto const* kind : {"corpus", "findings"}) {
        for (auto const& of : targets) {
            auto const some = stored_inputs(kind, of);
            all.insert(all.end(), some.begin(), some.end());
        }
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(replay)

BOOST_DATA_TEST_CASE(every_target_has_a_corpus, data::make(targets), of) {
    BOOST_TEST(!stored_inputs("corpus", of).empty());
}

BOOST_DATA_TEST_CASE(every_promise_is_kept, data::make(all_inputs()), input) {
    BOOST_CHECK_NO_THROW(input.of.run(codec::read_file((folder() / input.path).string())));
}

// Input before the first one that comes to mind.
BOOST_DATA_TEST_CASE(nothing_at_all, data::make(targets), of) {
    BOOST_CHECK_NO_THROW(of.run(std::string_view()));
    BOOST_CHECK_NO_THROW(of.run("\n"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace async_llm::fuzz
