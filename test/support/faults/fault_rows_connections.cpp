// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The rows of the fault matrix that are about connections.

#include "support/faults/fault_table.hpp"
#include "support/fixtures/calls.hpp"

#include <utility>

namespace async_llm::test {
namespace {

using testing::accept_fault;
using testing::reply_fault;
using ending = front_fault::ending;

/// Happens to the first connection.
fault_row::cause_function accepting(accept_fault fault) {
    return [fault](faulty_fixture& w) { w.server->set_accept_fault(fault, 1); };
}

/// The first answer of a proxy.
fault_row::cause_function proxy_says(std::string answer, ending then) {
    front_fault fault(then);
    fault.read_head = true;
    fault.answer = std::move(answer);
    return [fault](faulty_fixture& w) { w.go_through_proxy().add(fault); };
}

void refuse(faulty_fixture& w) {
    w.server->stop_listening();
    w.on_failure([&w] { w.server->resume_listening(); });
}

void refuse_at_proxy(faulty_fixture& w) {
    auto& front = w.go_through_proxy();
    front.stop_listening();
    w.on_failure([&front] { front.resume_listening(); });
}

void forget_name(faulty_fixture& w) {
    w.name.emplace(1);
    w.go_to_name("flaky.test");
}

/// The first connection breaks when a part has been read of a request that does not fit the kernel's buffers.
fault_row::cause_function breaking_within_the_request(ending then) {
    return [then](faulty_fixture& w) {
        front_fault fault(then);
        fault.read = 1000;
        w.go_through_front().add(fault);
        w.request.user(std::string(large_request, 'x'));
    };
}

/// A kept connection ends as soon as bytes of the second request have come.
fault_row::cause_function breaking_at_the_second_request(ending then) {
    return [then](faulty_fixture& w) {
        front_fault fault(then);
        fault.sleeps = true;
        auto& front = w.go_through_front();
        front.add(fault);
        w.warm = true;
        w.after_warming = [&front] { front.spring(); };
    };
}

/// As many requests on a kept connection, and on the one after it, are answered by an end, after so many
/// bytes.
fault_row::cause_function ending_kept(reply_fault how, std::size_t count, std::size_t after = 0) {
    return [=](faulty_fixture& w) {
        w.warm = true;
        w.after_warming = [&w, how, count, after] {
            for (std::size_t i = 0; i < count; ++i) w.server->enqueue(cut("HTTP/1.1", after, how));
        };
    };
}

void close_kept(faulty_fixture& w) {
    w.warm = true;
    w.after_warming = [&w] {
        w.server->close_idle_connections();
        await_no_connections(w);
    };
}

void reset_kept(faulty_fixture& w) {
    w.warm = true;
    w.after_warming = [&w] {
        w.server->reset_connections();
        await_no_connections(w);
    };
}

fault_row::cause_function ending_before_the_reply(reply_fault how) {
    return [how](faulty_fixture& w) { w.server->enqueue(cut("HTTP/1.1", 0, how)); };
}

} // namespace

fault_rows connecting_faults() {
    auto const refused = fault_end::unsent(errc::connect_failed, phase::connecting);
    auto const by_proxy = fault_end::unsent(errc::proxy_failed, phase::proxy);
    auto const in_handshake = fault_end::unsent(errc::tls_handshake_failed, phase::tls_handshake);
    auto const unknown = fault_end::unsent(errc::resolve_failed, phase::resolving);
    auto const bad_gateway = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
    auto const s = scheme::https;
    fault_rows rows;
    rows.emplace_back("name not found", scheme::http, forget_name, unknown);
    rows.emplace_back("connection refused", scheme::http, refuse, refused);
    rows.emplace_back("connection refused (TLS)", s, refuse, refused);
    rows.emplace_back("reset within the handshake", s, accepting(accept_fault::reset), in_handshake);
    rows.emplace_back("close within the handshake", s, accepting(accept_fault::close), in_handshake);
    rows.emplace_back("plain text for a handshake", s, accepting(accept_fault::plain_text), in_handshake);
    rows.emplace_back("garbage for a handshake", s, accepting(accept_fault::garbage), in_handshake);
    rows.emplace_back("proxy refuses connections", s, refuse_at_proxy, refused);
    rows.emplace_back("proxy says 502", s, proxy_says(bad_gateway, ending::close), by_proxy);
    rows.emplace_back("proxy closes", s, proxy_says("", ending::close), by_proxy);
    rows.emplace_back("proxy resets", s, proxy_says("", ending::reset), by_proxy);
    rows.emplace_back("proxy closes within its answer", s, proxy_says("HTTP/1", ending::close), by_proxy);
    rows.emplace_back("proxy talks nonsense", s, proxy_says("nonsense\r\n\r\n", ending::close), by_proxy);
    return rows;
}

fault_rows request_faults() {
    auto const lost = fault_end::lost(errc::connection_lost, phase::waiting);
    auto const unseen = fault_end::lost(errc::connection_lost, phase::waiting).seen(0);
    auto const cut_short = fault_end::lost(errc::truncated_response, phase::reading);
    auto const unnoticed = fault_end::unnoticed();
    auto const replayed = fault_end::unnoticed().with_replay();
    auto const seen_twice = fault_end::unnoticed().with_replay().seen(2);
    auto const lost_twice = fault_end::lost(errc::connection_lost, phase::waiting).with_replay().seen(2);
    auto const plain = scheme::http;
    fault_rows rows;
    rows.emplace_back("reset before the request", plain, accepting(accept_fault::reset), unseen);
    rows.emplace_back("close before the request", plain, accepting(accept_fault::close), unseen);
    rows.emplace_back("reset within the request", plain, breaking_within_the_request(ending::reset), unseen);
    rows.emplace_back("close within the request", plain, breaking_within_the_request(ending::close), unseen);
    for (auto const s : {scheme::http, scheme::https}) {
        std::string const over = s == scheme::http ? "" : " (TLS)";
        rows.emplace_back("reset for a reply" + over, s, ending_before_the_reply(reply_fault::reset), lost);
        rows.emplace_back("close for a reply" + over, s, ending_before_the_reply(reply_fault::close), lost);
        rows.emplace_back("kept connection closed before the request" + over, s, close_kept, unnoticed);
        rows.emplace_back("kept connection reset before the request" + over, s, reset_kept, unnoticed);
        rows.emplace_back(
            "kept connection reset at the first bytes of the request" + over,
            s,
            breaking_at_the_second_request(ending::reset),
            replayed
        );
        rows.emplace_back(
            "kept connection closed at the first bytes of the request" + over,
            s,
            breaking_at_the_second_request(ending::close),
            replayed
        );
        rows.emplace_back(
            "kept connection closed for a reply" + over,
            s,
            ending_kept(reply_fault::close, 1),
            seen_twice
        );
        rows.emplace_back(
            "kept connection reset for a reply" + over,
            s,
            ending_kept(reply_fault::reset, 1),
            seen_twice
        );
        rows.emplace_back(
            "kept connection closed for a reply, and the fresh one" + over,
            s,
            ending_kept(reply_fault::close, 2),
            lost_twice
        );
        rows.emplace_back(
            "kept connection closed after a byte of the reply" + over,
            s,
            ending_kept(reply_fault::close, 1, 1),
            cut_short
        );
    }
    return rows;
}

} // namespace async_llm::test
