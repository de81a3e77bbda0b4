// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_BULK_FILE_RUN_CONTROL_HPP
#define ASYNC_LLM_CLIENT_BULK_FILE_RUN_CONTROL_HPP

#include <async_llm/bulk_file_options.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

namespace async_llm::detail {

/// Run that a \ref bulk_file_control can reach. Its members are called from any thread.
class controlled_run {
public:
    virtual void request_drain() noexcept = 0;
    virtual void request_stop() noexcept = 0;

protected:
    ~controlled_run() = default;
};

/// State that the copies of a \ref bulk_file_control and its run share. Thread safety: all.
class file_run_control {
public:
    file_run_control() = default;
    file_run_control(file_run_control const&) = delete;
    file_run_control& operator=(file_run_control const&) = delete;

    void drain();
    void stop();
    bulk_file_progress progress() const;

    /// \name For the run
    /// @{
    /// Connects the run; what was demanded before is demanded of it now.
    void attach(std::weak_ptr<controlled_run> run);
    /// Sets the figures; those of time are computed when they are asked for.
    void publish(bulk_file_progress const& figures);
    void begin();
    void begin_asking();
    void end();
    /// @}

private:
    using steady = std::chrono::steady_clock;

    mutable std::mutex mutex_;
    std::weak_ptr<controlled_run> run_;
    bool drains_ = false;
    bool stops_ = false;
    bulk_file_progress figures_;
    std::optional<steady::time_point> begun_;
    std::optional<steady::time_point> asking_;
    std::optional<steady::time_point> ended_;
};

/// The way from a control to its state.
struct control_access {
    static std::shared_ptr<file_run_control> const& impl(bulk_file_control const& control) noexcept {
        return control.impl_;
    }
};

} // namespace async_llm::detail

#endif
