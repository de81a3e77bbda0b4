// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "support/servers/raw_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>

namespace async_llm::test {
namespace {

constexpr std::chrono::seconds bound(20);

} // namespace

raw_tls::raw_tls() : server_name("localhost"), max_version(0), resume(nullptr) {}

raw_reply::raw_reply() : status(0) {}

raw_client::raw_client(std::uint16_t port, char const* address)
    : endpoint_(asio::ip::make_address(address), port), socket_(io_) {}

raw_client::~raw_client() { close(); }

// Runs one operation to its end, or cancels it when the bound is over.
template <class Start>
error_code raw_client::run(Start start) {
    std::optional<error_code> result;
    start([&result](error_code ec, auto const&...) { result = ec; });
    io_.restart();
    io_.run_for(bound);
    if (result) return *result;
    error_code ignored;
    socket_.close(ignored);
    io_.restart();
    io_.run();
    return asio::error::timed_out;
}

error_code raw_client::connect() {
    return run([this](auto done) { socket_.async_connect(endpoint_, done); });
}

error_code raw_client::start_tls(raw_tls const& settings) {
    context_.emplace(asio::ssl::context::tls_client);
    if (settings.max_version != 0)
        SSL_CTX_set_max_proto_version(context_->native_handle(), settings.max_version);
    if (!settings.authority.empty()) {
        context_->add_certificate_authority(asio::buffer(settings.authority));
        context_->set_verify_mode(asio::ssl::verify_peer);
    }
    if (!settings.identity.private_key.empty()) {
        context_->use_certificate_chain(asio::buffer(settings.identity.certificate_chain));
        context_->use_private_key(asio::buffer(settings.identity.private_key), asio::ssl::context::pem);
    }
    tls_.emplace(socket_, *context_);
    if (!settings.authority.empty())
        tls_->set_verify_callback(asio::ssl::host_name_verification(settings.server_name));
    if (!settings.server_name.empty()) {
        // OpenSSL's own macro for this casts in the old style.
        void* const name = const_cast<char*>(settings.server_name.c_str());
        SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name);
    }
    if (!settings.alpn.empty())
        SSL_set_alpn_protos(
            tls_->native_handle(),
            reinterpret_cast<unsigned char const*>(settings.alpn.data()),
            static_cast<unsigned int>(settings.alpn.size())
        );
    if (settings.resume) SSL_set_session(tls_->native_handle(), settings.resume);
    return run([this](auto done) { tls_->async_handshake(asio::ssl::stream_base::client, done); });
}

error_code raw_client::send(std::string_view bytes) {
    auto const buffer = asio::buffer(bytes.data(), bytes.size());
    if (tls_) return run([this, buffer](auto done) { asio::async_write(*tls_, buffer, done); });
    return run([this, buffer](auto done) { asio::async_write(socket_, buffer, done); });
}

bool raw_client::read_more() {
    std::array<char, 16384> chunk;
    std::size_t size = 0;
    auto const start = [&](auto& stream) {
        return run([&](auto done) {
            stream.async_read_some(asio::buffer(chunk), [&size, done](error_code ec, std::size_t n) mutable {
                size = n;
                done(ec);
            });
        });
    };
    last_error_ = tls_ ? start(*tls_) : start(socket_);
    input_.append(chunk.data(), size);
    return !last_error_;
}

std::string raw_client::receive_until(std::string_view text) {
    while (input_.find(text) == input_.npos && read_more()) {
    }
    auto const at = input_.find(text);
    return receive(at == input_.npos ? input_.size() : at + text.size());
}

std::string raw_client::receive(std::size_t size) {
    while (input_.size() < size && read_more()) {
    }
    auto result = input_.substr(0, size);
    input_.erase(0, size);
    return result;
}

std::string raw_client::receive_all() {
    while (read_more()) {
    }
    auto result = std::move(input_);
    input_.clear();
    return result;
}

raw_reply raw_client::receive_reply() {
    raw_reply result;
    result.head = receive_until("\r\n\r\n");
    if (!result.head.ends_with("\r\n\r\n") || result.head.size() < 12) return result;
    result.status = std::stoi(result.head.substr(9, 3));
    constexpr std::string_view field = "Content-Length: ";
    if (auto const at = result.head.find(field); at != result.head.npos)
        result.body = receive(std::stoul(result.head.substr(at + field.size())));
    return result;
}

raw_reply raw_client::exchange(std::string_view request) {
    last_error_ = send(request);
    return last_error_ ? raw_reply() : receive_reply();
}

void raw_client::close() {
    // Without it the session would count as broken and could not be resumed.
    if (tls_) SSL_set_shutdown(tls_->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    error_code ignored;
    socket_.close(ignored);
}

void raw_client::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

bool raw_client::session_reused() { return SSL_session_reused(tls_->native_handle()) == 1; }

tls_session raw_client::take_session() { return tls_session(SSL_get1_session(tls_->native_handle())); }

std::string raw_client::tls_version() { return SSL_get_version(tls_->native_handle()); }

std::string raw_client::alpn() {
    unsigned char const* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(tls_->native_handle(), &protocol, &size);
    return {protocol, protocol + size};
}

std::string chat_request_text(std::string_view body, std::string_view more_fields) {
    std::string result =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-test\r\n"
        "Content-Type: application/json\r\nContent-Length: ";
    result += std::to_string(body.size()) + "\r\n";
    result += more_fields;
    result += "\r\n";
    result += body;
    return result;
}

std::string chat_body(std::string_view text, std::string_view model) {
    std::string result = R"({"model":")";
    result += model;
    result += R"(","messages":[{"role":"user","content":")";
    result += text;
    result += R"("}]})";
    return result;
}

} // namespace async_llm::test
