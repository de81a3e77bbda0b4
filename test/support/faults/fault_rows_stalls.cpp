// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The rows of the fault matrix that are about peers who fall silent.

#include "support/faults/fault_table.hpp"

#include <algorithm>

namespace async_llm::test {
namespace {

using namespace std::chrono_literals;
using testing::reply_fault;
using ending = front_fault::ending;

// Long enough for a healthy attempt on a machine that has much to do.
constexpr auto limit = 200ms;

void never_resolve(faulty_fixture& w) {
    w.blocked.emplace();
    w.name.emplace(0);
    w.go_to_name("flaky.test");
    w.config.timeouts.resolve = limit;
    w.on_failure([&w] { w.blocked.reset(); });
}

void never_connect(faulty_fixture& w) {
    w.go_to_hole();
    w.config.timeouts.connect = limit;
    w.on_failure([&w] { w.heal_hole(); });
}

void never_shake_hands(faulty_fixture& w) {
    w.server->set_accept_fault(testing::accept_fault::stall, 1);
    w.config.timeouts.tls_handshake = limit;
}

void never_open_the_tunnel(faulty_fixture& w) {
    w.go_through_proxy().add(front_fault(ending::stall));
    w.config.timeouts.connect = limit;
}

void never_read_the_request(faulty_fixture& w) {
    w.go_through_front().add(front_fault(ending::stall));
    w.request.user(std::string(large_request, 'x'));
    w.options.write_timeout = limit;
}

/// The reply stops after so many bytes.
template <class Offset>
fault_row::cause_function stopping(Offset offset, std::function<void(request_options&)> limits) {
    return [offset, limits = std::move(limits)](faulty_fixture& w) {
        auto const reply = make_short_reply(w.mode, framing::chunked);
        auto const after = std::min(offset(reply), reply.bytes.size() - 1);
        w.server->enqueue(cut(reply.bytes, after, reply_fault::stall));
        limits(w.options);
    };
}

} // namespace

fault_rows stalls() {
    auto const before = [](short_reply const&) { return std::size_t(0); };
    auto const in_head = [](short_reply const& reply) { return reply.head / 2; };
    auto const in_body = [](short_reply const& reply) { return reply.head + 10; };
    auto const first_byte = [](request_options& o) { o.first_byte_timeout = limit; };
    auto const whole = [](request_options& o) { o.total_timeout = 2 * limit; };

    auto const late = fault_end::lost(errc::first_byte_timeout, phase::waiting);
    auto const unread = fault_end::lost(errc::write_timeout, phase::writing).seen(0);
    auto const tunnel = fault_end::unsent(errc::connect_timeout, phase::proxy);
    auto const connect = fault_end::unsent(errc::connect_timeout, phase::connecting);
    auto const handshake = fault_end::unsent(errc::tls_handshake_timeout, phase::tls_handshake);
    auto const resolve = fault_end::unsent(errc::resolve_timeout, phase::resolving);
    auto const out_of_time = fault_end::last(errc::deadline_exceeded, phase::reading, retry_stop::ended);
    auto const plain = scheme::http;

    fault_rows rows;
    rows.emplace_back("resolver", plain, never_resolve, resolve);
    rows.emplace_back("connect", plain, never_connect, connect);
    rows.emplace_back("handshake", scheme::https, never_shake_hands, handshake);
    rows.emplace_back("proxy", scheme::https, never_open_the_tunnel, tunnel);
    rows.emplace_back("request not read", plain, never_read_the_request, unread);
    rows.emplace_back("no first byte", plain, stopping(before, first_byte), late);
    rows.emplace_back("within the head", plain, stopping(in_head, whole), out_of_time);
    rows.emplace_back("within the body", plain, stopping(in_body, whole), out_of_time);
    return rows;
}

fault_rows stalled_streams() {
    auto const before = [](short_reply const&) { return std::size_t(0); };
    auto const in_head = [](short_reply const& reply) { return reply.head / 2; };
    auto const behind_head = [](short_reply const& reply) { return reply.head; };
    auto const in_event = [](short_reply const& reply) { return reply.head + 10; };
    auto const behind_content = [](short_reply const& reply) { return reply.content; };
    auto const first_content = [](request_options& o) { o.first_content_timeout = limit; };
    auto const between = [](request_options& o) { o.content_idle_timeout = limit; };
    auto const whole = [](request_options& o) { o.total_timeout = 2 * limit; };

    auto const waited = fault_end::lost(errc::first_content_timeout, phase::waiting);
    auto const late = fault_end::lost(errc::first_content_timeout, phase::reading);
    auto const stalled = fault_end::lost(errc::stream_stalled, phase::reading).after("lost");
    auto out_of_time = fault_end::lost(errc::deadline_exceeded, phase::reading).after("lost");
    out_of_time.stop = retry_stop::ended;
    auto const plain = scheme::http;

    fault_rows rows;
    rows.emplace_back("no first byte, no content", plain, stopping(before, first_content), waited);
    rows.emplace_back("within the head, no content", plain, stopping(in_head, first_content), late);
    rows.emplace_back("before the first event", plain, stopping(behind_head, first_content), late);
    rows.emplace_back("within the first event", plain, stopping(in_event, first_content), late);
    rows.emplace_back("between contents", plain, stopping(behind_content, between), stalled);
    rows.emplace_back("between contents, in all", plain, stopping(behind_content, whole), out_of_time);
    return rows;
}

} // namespace async_llm::test
