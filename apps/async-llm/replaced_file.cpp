// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "replaced_file.hpp"

#include "gzip_reader.hpp"
#include "gzip_writer.hpp"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>
#include <vector>

namespace async_llm::command {
namespace {

constexpr std::size_t piece_size = std::size_t(256) * 1024;
constexpr mode_t usual_mode = 0666; // less what umask takes

[[noreturn]] void fail(int error, std::string const& path) {
    throw boost::system::system_error(error, boost::system::system_category(), path);
}

} // namespace

replaced_file::replaced_file(std::string path)
    : path_(std::move(path)),
      beside_(path_ + ".tmp"),
      file_(open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, usual_mode)) {
    if (file_.number() < 0) fail(errno, beside_);
}

replaced_file::~replaced_file() {
    if (!is_committed_) unlink(beside_.c_str());
}

void replaced_file::write(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const count = ::write(file_.number(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) fail(errno, beside_);
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

void replaced_file::commit() {
    if (fsync(file_.number()) != 0) fail(errno, beside_);
    if (std::rename(beside_.c_str(), path_.c_str()) != 0) fail(errno, path_);
    is_committed_ = true;
}

void compress_file(std::string const& from, std::string const& to) {
    file_source source(from, nullptr);
    replaced_file file(to);
    gzip_writer writer([&file](std::string_view bytes) { file.write(bytes); });
    std::vector<char> piece(piece_size);
    while (auto const count = source.read(piece.data(), piece.size()))
        writer.write(std::string_view(piece.data(), count));
    writer.finish();
    file.commit();
}

void decompress_file(std::string const& from, std::string const& to) {
    file_source source(from, nullptr);
    input_decoder decoder([&source](char* into, std::size_t size) { return source.read(into, size); }, from);
    replaced_file file(to);
    std::vector<char> piece(piece_size);
    while (auto const count = decoder.read(piece.data(), piece.size()))
        file.write(std::string_view(piece.data(), count));
    file.commit();
}

} // namespace async_llm::command
