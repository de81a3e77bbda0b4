// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TLS_TRUST_STORE_HPP
#define ASYNC_LLM_NET_TLS_TRUST_STORE_HPP

#include <async_llm/client_config.hpp>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::net {

struct free_store {
    void operator()(X509_STORE* s) const noexcept { X509_STORE_free(s); }
};
using store_ptr = std::unique_ptr<X509_STORE, free_store>;

/// State of a file or folder by which a change of its content is noticed.
struct file_stamp {
    /// Of a path that can't be read, all but the path is zero.
    explicit file_stamp(std::string const& name);

    bool operator==(file_stamp const&) const = default;

    std::filesystem::path path;
    std::uintmax_t size = 0;
    std::filesystem::file_time_type::rep changed = 0;
};

/// Everything that decides which certificates a store holds.
struct trust_key {
    explicit trust_key(tls_config const& config);

    bool operator==(trust_key const&) const = default;

    bool use_system_store;
    std::string ca_pem;
    /// Of `ca_file`, and of where OpenSSL looks for the system's authorities.
    std::vector<file_stamp> files;
};

/// The trusted certificates of the process's clients, loaded once for each configuration. Thread safety: all.
/**
 * A system's store has some hundred certificates, which take tens of milliseconds to load. What is shared is
 * never changed: another configuration, or a file that was changed, has a store of its own.
 */
class trust_store_cache {
public:
    /// `capacity`: most configurations kept, at least 1; the one that was not used for longest gives way.
    explicit trust_store_cache(std::size_t capacity) : capacity_(capacity) {}

    /// Returns the store of this configuration. Two threads that want the same one load it once.
    /** Throws `boost::system::system_error` with OpenSSL's error and the name of the unreadable field. */
    store_ptr get(tls_config const& config);

    /// Number of times that a store was loaded.
    std::size_t loads() const;

    /// Number of configurations that are kept.
    std::size_t size() const;

private:
    struct entry {
        explicit entry(trust_key k) : key(std::move(k)) {}

        trust_key const key;
        std::mutex loading;
        store_ptr store; // null until it is loaded
    };
    using entry_ptr = std::shared_ptr<entry>;

    entry_ptr find_or_add(trust_key key);
    void forget(entry_ptr const& failed);

    std::size_t const capacity_;
    mutable std::mutex mutex_;
    std::list<entry_ptr> entries_; // the last used one first
    std::size_t loads_ = 0;
};

/// The one of the process; it is never destroyed, so that clients may be made and end at any time.
trust_store_cache& trust_stores();

} // namespace async_llm::net

#endif
