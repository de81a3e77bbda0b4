// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/bulk_file_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace async_llm::test {

namespace {

testing::mock_options plain() {
    testing::mock_options options;
    options.check_body = false;
    options.any_endpoint = true;
    return options;
}

} // namespace

bulk_file_fixture::bulk_file_fixture() : client_fixture(scheme::http, plain()) {}

bulk_file_options bulk_file_fixture::new_options() {
    auto result = options;
    result.control = bulk_file_control();
    return result;
}

file_outcome_ptr bulk_file_fixture::start(client const& from, bulk_file_options const& chosen) {
    auto result = std::make_shared<file_outcome>();
    async_bulk_file(
        from,
        input,
        output,
        chosen,
        asio::bind_cancellation_slot(
            result->cancel.slot(),
            [result](error_code ec, bulk_file_report report) {
                BOOST_TEST(!result->done);
                result->ec = ec;
                result->report = std::move(report);
                result->done = true;
            }
        )
    );
    BOOST_TEST(!result->done); // never from within
    return result;
}

void bulk_file_fixture::wait(file_outcome_ptr const& outcome) {
    run_until([&outcome] { return outcome->done; });
}

file_outcome_ptr bulk_file_fixture::run_file(client const& from, bulk_file_options const& chosen) {
    auto result = start(from, chosen);
    wait(result);
    return result;
}

file_outcome_ptr bulk_file_fixture::run_file() {
    auto const c = make_client();
    return run_file(c, new_options());
}

void bulk_file_fixture::write_input(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += numbered_line(i);
    write_file(input, text);
}

void bulk_file_fixture::check_output(int count) {
    BOOST_TEST(sorted(ids_of(output)) == sorted(numbered_ids(count)), boost::test_tools::per_element());
    for (auto const& line : lines_of(output)) {
        auto const tree = boost::json::parse(line);
        auto const& message = tree.at("response").at("body").at("choices").at(0).at("message");
        BOOST_TEST(
            'r' + std::string(message.at("content").as_string()) ==
            std::string(tree.at("custom_id").as_string())
        );
    }
}

void bulk_file_fixture::hold() {
    server->respond_with([](testing::received_request const&) {
        auto reply = testing::scripted_reply::echo();
        reply.latency = patience * 10;
        return reply;
    });
}

void bulk_file_fixture::release() {
    server->respond_with([](testing::received_request const&) { return testing::scripted_reply::echo(); });
}

std::string numbered_line(int number) {
    auto const text = std::to_string(number);
    return R"({"custom_id":"r)" + text + R"(","method":"POST","url":"/v1/chat/completions","body":)" +
        R"({"model":"m","messages":[{"role":"user","content":")" + text + "\"}]}}\n";
}

std::vector<std::string> numbered_ids(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back('r' + std::to_string(i));
    return ids;
}

std::vector<std::string> sorted(std::vector<std::string> ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
}

} // namespace async_llm::test
