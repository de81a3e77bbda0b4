// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/append_file.hpp"

#include <boost/system/errc.hpp>

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <unistd.h>

namespace async_llm::file {

void append_file::open(std::string const& path) {
    bool const is_new = !exists(path);
    file_ = file_handle::open_output(path);
    size_ = file_.size();
    if (is_new) sync_folder_of(path);
}

void append_file::lock() {
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file_.descriptor(), F_OFD_SETLK, &whole) == 0) return;
    if (errno != EAGAIN && errno != EACCES) throw_system_error(path(), "cannot be locked");
    throw file_error(
        boost::system::errc::make_error_code(boost::system::errc::device_or_resource_busy),
        path() + ": another run writes to it"
    );
}

void append_file::truncate(std::uint64_t size) {
    if (size == size_) return;
    file_.truncate(size);
    size_ = size;
    is_dirty_ = true;
}

void append_file::write(std::string_view lines) {
    auto rest = lines;
    while (!rest.empty()) {
        auto const count = ::write(file_.descriptor(), rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count > 0) {
            is_dirty_ = true;
            rest.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        if (count == 0) errno = EIO;
        int const reason = errno;
        auto const written = lines.substr(0, lines.size() - rest.size());
        auto const whole = written.rfind('\n') + 1;
        // If that fails as well, the next run cuts it.
        if (::ftruncate(file_.descriptor(), static_cast<off_t>(size_ + whole)) == 0) size_ += whole;
        errno = reason;
        throw_system_error(path(), "cannot be written");
    }
    size_ += lines.size();
}

void append_file::sync() {
    if (!is_dirty_) return;
    file_.sync();
    is_dirty_ = false;
}

} // namespace async_llm::file
