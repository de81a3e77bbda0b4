// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/reply_writer.hpp"

#include "testing/completion_content.hpp"
#include "testing/field_name.hpp"
#include "testing/reply_content.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace async_llm::testing {
namespace {

using field = scripted_reply::field;
using duration = scripted_reply::duration;

constexpr std::string_view crlf = "\r\n";

// About so many bytes of events that need not wait go into one write.
constexpr std::size_t max_shared_write = 64 * 1024;

void append_line(std::string& out, field const& line) {
    out += line.first;
    out += ": ";
    out += line.second;
    out += crlf;
}

void append_chunk(std::string& out, std::string_view data) {
    std::array<char, 2 * sizeof(std::size_t)> size{};
    auto const end = std::to_chars(size.data(), size.data() + size.size(), data.size(), 16).ptr;
    out.append(size.data(), end);
    out += crlf;
    out += data;
    out += crlf;
}

enum class protocol { http1, http2 };

// Fields that are about an HTTP/1.1 connection make a reply over HTTP/2 malformed (RFC 9113, 8.2.2).
bool is_about_connection(field const& candidate) {
    constexpr std::array<std::string_view, 5>
        names{"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"};
    return std::any_of(names.begin(), names.end(), [&candidate](std::string_view name) {
        return same_field_name(name, candidate.first);
    });
}

class planner {
public:
    planner(scripted_reply const& reply, bool announce_close, protocol wire)
        : reply_(reply), announce_close_(announce_close), wire_(wire) {
        chunked_ = reply.framing == reply_framing::chunked || reply.endless == endless_part::body ||
            reply.endless == endless_part::chunk_extension || reply.endless == endless_part::trailers;
    }

    reply_plan run() {
        plan_.fault_after = reply_.fault_after;
        if (wire_ == protocol::http2)
            lay_out_http2();
        else
            lay_out_http1();
        return std::move(plan_);
    }

private:
    void lay_out_http1() {
        plan_.steps.emplace_back(reply_.latency, reply_.prefix);
        plan_.ends_connection = announce_close_ || reply_.framing == reply_framing::until_close;
        if (reply_.framing == reply_framing::raw)
            add_body_and_parts();
        else
            add_reply();
        plan_.steps.back().bytes += reply_.suffix;
    }

    void lay_out_http2() {
        plan_.steps.emplace_back(reply_.latency, std::string());
        if (reply_.framing == reply_framing::raw) {
            add_body_and_parts();
            return;
        }
        plan_.head = fields();
        std::erase_if(plan_.head, is_about_connection);
        if (reply_.endless == endless_part::body)
            plan_.endless_bytes = std::string(16 * 1024, 'x');
        else
            add_framed_body();
    }

    void add_reply() {
        std::string interim;
        for (auto const status : reply_.interim) interim += interim_reply(status);
        add(duration::zero(), interim);
        if (reply_.endless == endless_part::interim_replies) {
            plan_.endless_bytes = interim_reply(103);
            return;
        }
        auto const head = make_head();
        if (reply_.trickle_head)
            add_trickled(duration::zero(), head);
        else
            add(duration::zero(), head);
        if (reply_.endless == endless_part::headers)
            plan_.endless_bytes = endless_fields();
        else
            add_body();
    }

    void add_body() {
        switch (reply_.endless) {
        case endless_part::body: {
            std::string const data(16 * 1024, 'x');
            append_chunk(plan_.endless_bytes, data);
            return;
        }
        case endless_part::chunk_extension:
            add(duration::zero(), "1");
            plan_.endless_bytes = ";name=\"" + std::string(1000, 'x') + "\"";
            return;
        case endless_part::trailers:
            add_framed_body();
            add(duration::zero(), "0\r\n");
            plan_.endless_bytes = endless_fields();
            return;
        default:
            add_framed_body();
            if (chunked_) add(duration::zero(), last_chunk());
        }
    }

    void add_framed_body() {
        for (std::size_t i = 0; i < reply_.padding_lines; ++i)
            add_framed(i == 0 ? duration::zero() : reply_.padding_interval, "\n");
        if (reply_.padding_lines != 0 && reply_.padding_interval > duration::zero())
            plan_.steps.emplace_back(reply_.padding_interval, std::string());
        add_body_and_parts();
    }

    void add_body_and_parts() {
        add_framed(duration::zero(), reply_.body);
        for (std::size_t i = 0; i < reply_.parts.size(); ++i) {
            auto const& part = reply_.parts[i];
            bool const own_delay = part.delay > duration::zero() || i == 0;
            auto const delay = own_delay ? part.delay : reply_.event_interval;
            bool const waits = delay > duration::zero();
            if (!waits && !shares_write()) plan_.steps.emplace_back(duration::zero(), std::string());
            add_framed(delay, part.bytes);
            if (i + 1 == reply_.fault_after_parts) set_fault_point();
        }
    }

    bool shares_write() const {
        return wire_ == protocol::http1 && reply_.content == reply_content::stream &&
            plan_.steps.back().bytes.size() < max_shared_write;
    }

    void set_fault_point() {
        if (wire_ == protocol::http2)
            plan_.fault_in_body = size();
        else
            plan_.fault_after = size();
    }

    std::size_t size() const {
        std::size_t result = 0;
        for (auto const& step : plan_.steps) result += step.bytes.size();
        return result;
    }

    // The bytes join the step before if nothing has to be waited for: a plain reply is one write.
    void add(duration delay, std::string_view bytes) {
        if (delay > duration::zero())
            plan_.steps.emplace_back(delay, std::string(bytes));
        else
            plan_.steps.back().bytes += bytes;
    }

    void add_trickled(duration delay, std::string_view bytes) {
        auto const piece = reply_.trickle_bytes == 0 ? bytes.size() : reply_.trickle_bytes;
        for (std::size_t i = 0; i < bytes.size(); i += piece) {
            if (i == 0)
                add(delay, bytes.substr(i, piece));
            else
                plan_.steps.emplace_back(reply_.trickle_interval, std::string(bytes.substr(i, piece)));
        }
    }

    void add_framed(duration delay, std::string_view data) {
        bool const pieces = wire_ == protocol::http2 && chunked_ && reply_.chunk_size != 0;
        if (pieces && reply_.trickle_bytes == 0) {
            for (std::size_t i = 0; i < data.size(); i += reply_.chunk_size)
                plan_.steps.emplace_back(
                    i == 0 ? delay : duration::zero(),
                    std::string(data.substr(i, reply_.chunk_size))
                );
        } else {
            add_trickled(delay, wire_ == protocol::http2 ? std::string(data) : framed(data));
        }
    }

    std::string framed(std::string_view data) const {
        if (!chunked_) return std::string(data);
        std::string result;
        auto const piece = reply_.chunk_size == 0 ? data.size() : reply_.chunk_size;
        for (std::size_t i = 0; i < data.size(); i += piece) append_chunk(result, data.substr(i, piece));
        return result;
    }

    std::string last_chunk() const {
        std::string result = "0\r\n";
        for (auto const& trailer : reply_.trailers) append_line(result, trailer);
        result += crlf;
        return result;
    }

    static std::string endless_fields() {
        std::string result;
        for (int i = 0; i < 16; ++i) append_line(result, field("X-Endless", std::string(100, 'x')));
        return result;
    }

    static std::string interim_reply(int status) {
        std::string result = "HTTP/1.1 " + std::to_string(status) + " ";
        result += reason_phrase(status);
        result += crlf;
        if (status == 103) append_line(result, field("Link", "</style.css>; rel=preload; as=style"));
        result += crlf;
        return result;
    }

    std::vector<field> own_fields() const {
        std::vector<field> result{{"Date", utc_time("%a, %d %b %Y %H:%M:%S GMT")}};
        if (!reply_.content_type.empty()) result.emplace_back("Content-Type", reply_.content_type);
        // RFC 9110, 8.6: neither in 1xx nor in 204 replies
        if (chunked_)
            result.emplace_back("Transfer-Encoding", "chunked");
        else if (reply_.framing == reply_framing::content_length && reply_.status != 204)
            result.emplace_back("Content-Length", std::to_string(body_size()));
        if (announce_close_) result.emplace_back("Connection", "close");
        return result;
    }

    std::size_t body_size() const {
        auto result = reply_.padding_lines + reply_.body.size();
        for (auto const& part : reply_.parts) result += part.bytes.size();
        return result;
    }

    std::vector<field> fields() const {
        auto fields = own_fields();
        auto const own_count = static_cast<std::ptrdiff_t>(fields.size());
        for (auto const& scripted : reply_.headers) {
            auto const own_end = fields.begin() + own_count;
            auto const own = std::find_if(fields.begin(), own_end, [&scripted](field const& candidate) {
                return same_field_name(candidate.first, scripted.first);
            });
            if (own != own_end)
                own->second = scripted.second;
            else
                fields.push_back(scripted);
        }
        std::erase_if(fields, [](field const& line) { return line.second.empty(); });
        return fields;
    }

    // Without the empty line at the end if the header fields have no end.
    std::string make_head() const {
        std::string result = reply_.framing == reply_framing::until_close ? "HTTP/1.0 " : "HTTP/1.1 ";
        result += std::to_string(reply_.status) + " ";
        result += reply_.reason.empty() ? reason_phrase(reply_.status) : std::string_view(reply_.reason);
        result += crlf;
        for (auto const& line : fields()) append_line(result, line);
        if (reply_.endless != endless_part::headers) result += crlf;
        return result;
    }

    scripted_reply const& reply_;
    bool announce_close_;
    protocol wire_;
    bool chunked_ = false;
    reply_plan plan_;
};

} // namespace

reply_plan plan_reply(scripted_reply const& reply, bool announce_close) {
    return planner(reply, announce_close, protocol::http1).run();
}

reply_plan plan_http2_reply(scripted_reply const& reply) {
    return planner(reply, false, protocol::http2).run();
}

} // namespace async_llm::testing
