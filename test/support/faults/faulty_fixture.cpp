// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/faulty_fixture.hpp"

#include "support/streams/streams.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/observer.hpp>

#include <charconv>
#include <utility>

namespace async_llm::test {
namespace {

using namespace std::chrono_literals;

call_end end_of(error_code const& ec, chat_response const& response) {
    call_end result;
    result.ec = ec;
    result.info = response.info;
    result.text = response.text();
    return result;
}

std::string chunk_of(std::string const& data) {
    char size[16];
    auto const end = std::to_chars(size, size + sizeof size, data.size(), 16).ptr;
    return std::string(size, end) + "\r\n" + data + "\r\n";
}

} // namespace

std::ostream& operator<<(std::ostream& out, call_mode value) {
    switch (value) {
    case call_mode::complete: return out << "complete";
    case call_mode::stream: return out << "stream";
    case call_mode::bulk: return out << "bulk";
    }
    return out;
}

std::ostream& operator<<(std::ostream& out, retrying value) {
    switch (value) {
    case retrying::off: return out << "retry off";
    case retrying::on: return out << "retry on";
    case retrying::unsent_only: return out << "retry of what was not sent";
    }
    return out;
}

retry_policy policy_of(retrying how) {
    retry_policy result;
    result.max_attempts = how == retrying::off ? 1 : 3;
    result.resend_sent = how != retrying::unsent_only;
    result.initial_backoff = 1ms;
    result.jitter = 0;
    result.budget_minimum = 1'000'000;
    return result;
}

class faulty_fixture::watcher final : public observer {
public:
    void attempt_finished(attempt_finished_event const& e) noexcept override {
        if (!e.ec || !heal) return;
        auto const once = std::exchange(heal, nullptr);
        once();
    }

    std::function<void()> heal;
};

faulty_fixture::faulty_fixture(scheme s, call_mode m, retrying how)
    : client_fixture(s), mode(m), watcher_(std::make_shared<watcher>()) {
    config.retry = policy_of(how);
    config.observer = watcher_;
    // Kept connections are kept, however slow the machine is.
    config.pool.idle_timeout = 0ms;
    server->respond_with([](testing::received_request const&) {
        return testing::scripted_reply::completion("Hello");
    });
}

std::string faulty_fixture::address_of(std::uint16_t port) const {
    return "127.0.0.1:" + std::to_string(port);
}

fault_front& faulty_fixture::go_through_front() {
    front_.emplace(io, server->port());
    auto const at = endpoint.base_url.find("://") + 3;
    endpoint.base_url.replace(at, endpoint.base_url.find('/', at) - at, address_of(front_->port()));
    return *front_;
}

fault_front& faulty_fixture::go_through_proxy() {
    front_.emplace(io, server->port());
    front_->act_as_proxy();
    config.proxy = "http://" + address_of(front_->port());
    return *front_;
}

void faulty_fixture::go_to_hole() {
    hole_.emplace();
    endpoint.base_url = "http://" + address_of(hole_->port()) + "/v1";
}

void faulty_fixture::heal_hole() {
    testing::mock_options there;
    there.port = hole_->port();
    hole_.reset();
    server.emplace(io.get_executor(), there);
    server->respond_with([](testing::received_request const&) {
        return testing::scripted_reply::completion("Hello");
    });
}

void faulty_fixture::go_to_name(std::string const& host) { endpoint.base_url = server->base_url(host); }

void faulty_fixture::on_failure(std::function<void()> heal) { watcher_->heal = std::move(heal); }

call_end faulty_fixture::make_call(client const& from) {
    if (mode == call_mode::stream) return make_stream(from);
    if (mode == call_mode::bulk) return make_bulk(from);
    auto const done = ask(*this, from, request, options);
    return end_of(done->ec, done->response);
}

call_end faulty_fixture::make_stream(client const& from) {
    call_end result;
    auto const opened = open_stream(*this, from, request, options);
    auto& stream = opened->stream;
    result.ec = opened->ec;
    if (!result.ec) {
        auto const all = read_all(*this, stream);
        result.ec = all.ec;
        result.text = all.text;
        // Nothing twice, and nothing of an attempt that failed.
        BOOST_TEST(stream.completion().text() == all.text);
    }
    result.info = stream.info();
    return result;
}

call_end faulty_fixture::make_bulk(client const& from) {
    std::vector<chat_request> requests(1 + followers, hello());
    requests.front() = request;
    bulk_options how;
    how.max_in_flight = 1;
    how.request = options;
    bool done = false;
    error_code ended;
    bulk_report report;
    async_complete_all(from, std::move(requests), how, [&](error_code ec, bulk_report what) {
        ended = ec;
        report = std::move(what);
        done = true;
    });
    run_until([&done] { return done; });
    BOOST_TEST(!ended);
    BOOST_TEST_REQUIRE(report.results.size() == 1 + followers);
    for (std::size_t i = 1; i <= followers; ++i) {
        auto const& each = report.results[i];
        BOOST_CHECK_MESSAGE(!each.ec, each.ec.message() + ": " + each.response.info.detail);
        BOOST_TEST(each.text() == "Hello");
        BOOST_TEST(each.response.info.attempts == 1);
    }
    auto const& first = report.results.front();
    BOOST_TEST(first.index == 0U);
    BOOST_TEST(report.progress.failed == (first.ec ? 1U : 0U));
    BOOST_TEST(report.progress.completed + report.progress.failed == report.results.size());
    return end_of(first.ec, first.response);
}

void faulty_fixture::settle_all() {
    if (front_) front_->stop();
    hole_.reset();
    blocked.reset();
    finish();
    BOOST_TEST(server->stats().connections_open == 0U);
}

// --------------------------------------------------------------------------------------------------- replies

short_reply make_short_reply(call_mode mode, framing how) {
    short_reply result;
    bool const streamed = mode == call_mode::stream;
    std::vector<std::string> parts;
    if (streamed) {
        parts.push_back("data: {\"choices\":[{\"delta\":{\"content\":\"lost\"}}]}\n\n");
        parts.push_back("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        parts.push_back("data: [DONE]\n\n");
    } else {
        parts.push_back(R"({"choices":[{"message":{"content":"lost"}}]})");
    }
    std::size_t size = 0;
    for (auto const& each : parts) size += each.size();

    auto& bytes = result.bytes;
    bytes = "HTTP/1.1 200 OK\r\n";
    if (streamed) bytes += "Content-Type: text/event-stream\r\n";
    bytes += how == framing::chunked ? "Transfer-Encoding: chunked\r\n\r\n"
                                     : "Content-Length: " + std::to_string(size) + "\r\n\r\n";
    result.head = bytes.size();
    // The line end behind a chunk brings nothing any more.
    std::size_t const behind = how == framing::chunked ? 2 : 0;
    for (auto const& each : parts) {
        bytes += how == framing::chunked ? chunk_of(each) : each;
        if (&each == &parts[0]) result.content = bytes.size() - behind;
        if (streamed && &each == &parts[1]) result.finish = bytes.size() - behind;
    }
    if (how == framing::chunked) bytes += "0\r\n\r\n";
    if (!streamed) result.content = result.finish = bytes.size();
    return result;
}

testing::scripted_reply
cut(std::string bytes, std::size_t after, testing::reply_fault how, bool close_notify) {
    auto result = testing::scripted_reply::raw(std::move(bytes));
    result.fault = how;
    result.fault_after = after;
    result.close_notify = close_notify;
    return result;
}

} // namespace async_llm::test
