// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "progress_display.hpp"

#include "heartbeat.hpp"
#include "progress_line.hpp"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace async_llm::command {
namespace {

constexpr std::size_t usual_columns = 80;
constexpr mode_t usual_mode = 0666; // less what umask takes
constexpr std::string_view erase_line = "\r\x1b[K";

progress_kind choose(bulk_arguments const& arguments) {
    if (arguments.quiet && arguments.progress_file.empty()) return progress_kind::none;
    if (arguments.progress != progress_kind::automatic) return arguments.progress;
    return is_terminal(STDERR_FILENO) ? progress_kind::terminal : progress_kind::none;
}

} // namespace

bool is_terminal(int number) noexcept { return isatty(number) == 1; }

std::size_t terminal_columns(int number) noexcept {
    winsize size{};
    if (ioctl(number, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual_columns;
    return size.ws_col;
}

void write_all(int number, std::string_view text) noexcept {
    while (!text.empty()) {
        auto const count = write(number, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return;
        // A pipe that another program, which shares it, has made non-blocking.
        pollfd event{};
        event.fd = number;
        event.events = POLLOUT;
        poll(&event, 1, -1);
    }
}

progress_display::progress_display(bulk_arguments const& arguments, bulk_shard shard)
    : kind_(choose(arguments)), shard_(shard) {
    auto const& path = arguments.progress_file;
    if (path.empty()) return;
    file_ = descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, usual_mode));
    if (file_.number() < 0) throw boost::system::system_error(errno, boost::system::system_category(), path);
}

std::chrono::milliseconds progress_display::interval() const noexcept {
    return std::chrono::milliseconds(kind_ == progress_kind::terminal ? 250 : 1000);
}

void progress_display::show(run_figures const& figures) {
    if (kind_ == progress_kind::json) {
        auto const number = file_.number() >= 0 ? file_.number() : STDERR_FILENO;
        write_all(number, heartbeat(figures, shard_, std::time(nullptr)) + '\n');
    } else if (kind_ == progress_kind::terminal) {
        // In the last column the cursor of some terminals goes to the next line.
        auto const line = progress_line(figures, terminal_columns(STDERR_FILENO) - 1);
        write_all(STDERR_FILENO, '\r' + line + "\x1b[K");
        has_line_ = true;
    }
}

void progress_display::clear() noexcept {
    if (has_line_) write_all(STDERR_FILENO, erase_line);
    has_line_ = false;
}

} // namespace async_llm::command
