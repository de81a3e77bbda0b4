// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DEBUG_LOG_HPP
#define ASYNC_LLM_DEBUG_LOG_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/observer.hpp>
#include <async_llm/provider.hpp>

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm {

/// Options of a \ref debug_log.
struct debug_log_options {
    ASYNC_LLM_DECL debug_log_options();

    /// Write what is said, too: the bodies of requests, the text of replies, and the words of providers about
    /// failures. What looks like a key is replaced by `***`.
    bool content = false;
    /// Longest piece of content, in characters.
    std::size_t max_content = 2'000;
    /// The header fields of replies to write; letter case does not matter, and `*` at the end stands for any
    /// rest.
    /**
     * Default: ids of the request, limits of rates, how long to wait, the kind, size and time of the reply,
     * and who made it. Cookies and credentials are not written whatever is here.
     */
    std::vector<std::string> reply_headers;
    /// Texts that are replaced by `***` wherever they would stand.
    /** The client's own keys need not be named: those of 8 characters or more are replaced in any case. */
    std::vector<credential> secrets;
};

/// Writes a line about everything that happens to the calls of a client.
/**
 * ```
 * client_config config;
 * config.observer = std::make_shared<debug_log>([](std::string_view line) { std::clog << line << '\n'; });
 * ```
 *
 * A line is the call's number, the event's name as in \ref observer, and what is known, as `name=value`:
 *
 * ```
 * call 1: first_byte status=200 after=25.1ms content-type=application/json x-request-id=req-7
 * ```
 *
 * A value with anything but plain characters is in quotes; control characters are replaced by `?`, so that
 * nothing from outside can make a line of its own. There is never a credential, a cookie or a proxy's
 * password in a line, and no content unless it is asked for.
 *
 * Executor: the sink is called on the strand of the call that the line is about, one line at a time.
 *
 * Errors: what the sink throws is dropped, and the line is lost.
 *
 * Thread safety: all. The sink must not use the client.
 */
class ASYNC_LLM_DECL debug_log final : public observer {
public:
    /// Takes a line without its end.
    using sink = std::function<void(std::string_view line)>;

    /// Precondition: `output` is not empty.
    explicit debug_log(sink output, debug_log_options options = debug_log_options());
    ~debug_log() override;

    void call_started(call_started_event const& event) noexcept override;
    void attempt_started(attempt_started_event const& event) noexcept override;
    void connection_obtained(connection_obtained_event const& event) noexcept override;
    void request_sent(request_sent_event const& event) noexcept override;
    void first_byte(first_byte_event const& event) noexcept override;
    void first_content(first_content_event const& event) noexcept override;
    void attempt_finished(attempt_finished_event const& event) noexcept override;
    void call_finished(call_finished_event const& event) noexcept override;

private:
    class line;

    template <class Describe>
    void write(call_event const& event, std::string_view name, Describe describe) noexcept;

    sink sink_;
    debug_log_options options_;
    std::mutex mutex_;
};

} // namespace async_llm

#endif
