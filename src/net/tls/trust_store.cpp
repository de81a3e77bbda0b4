// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/trust_store.hpp"

#include "net/tls/openssl_util.hpp"

#include <boost/system/system_error.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <system_error>

namespace async_llm::net {
namespace {

constexpr std::size_t max_kept_stores = 16;

std::string from_environment(char const* name, char const* otherwise) {
    auto const* const value = std::getenv(name);
    return value ? value : otherwise;
}

/// Adds where X509_STORE_set_default_paths looks: a file, and a list of folders.
void add_system_files(std::vector<file_stamp>& out) {
    out.emplace_back(from_environment(X509_get_default_cert_file_env(), X509_get_default_cert_file()));
    std::istringstream folders(from_environment(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())
    );
    std::string folder;
    while (std::getline(folders, folder, ':')) out.emplace_back(folder);
}

void add_all(X509_STORE* store, std::string const& pem) {
    auto const bio = read_only(pem, "tls.ca_pem");
    int count = 0;
    while (x509_ptr const certificate{PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr)}) {
        if (X509_STORE_add_cert(store, certificate.get()) != 1) throw_openssl("tls.ca_pem");
        ++count;
    }
    if (count == 0) throw_openssl("tls.ca_pem");
    ignore_end_of_pem();
}

store_ptr load(tls_config const& config) {
    store_ptr store(X509_STORE_new());
    if (!store) throw_openssl("tls");
    if (config.use_system_store && X509_STORE_set_default_paths(store.get()) != 1)
        throw_openssl("tls.use_system_store");
    if (!config.ca_file.empty() && X509_STORE_load_file(store.get(), config.ca_file.c_str()) != 1)
        throw boost::system::system_error(take_openssl_error(), "tls.ca_file: " + config.ca_file);
    if (!config.ca_pem.empty()) add_all(store.get(), config.ca_pem);
    return store;
}

store_ptr share(store_ptr const& store) {
    X509_STORE_up_ref(store.get());
    return store_ptr(store.get());
}

} // namespace

file_stamp::file_stamp(std::string const& name) {
    std::error_code ec;
    path = std::filesystem::absolute(name, ec);
    size = std::filesystem::file_size(path, ec);
    if (ec) size = 0; // a folder has none
    auto const time = std::filesystem::last_write_time(path, ec);
    if (!ec) changed = time.time_since_epoch().count();
}

trust_key::trust_key(tls_config const& config)
    : use_system_store(config.use_system_store), ca_pem(config.ca_pem) {
    if (use_system_store) add_system_files(files);
    if (!config.ca_file.empty()) files.emplace_back(config.ca_file);
}

store_ptr trust_store_cache::get(tls_config const& config) {
    // Looked at before the files are read: if one changes meanwhile, the next client finds another key.
    auto const found = find_or_add(trust_key(config));
    // Not under the mutex, as other configurations need not wait for this one's files.
    std::lock_guard lock(found->loading);
    if (found->store) return share(found->store);
    try {
        found->store = load(config);
    } catch (...) {
        forget(found);
        throw;
    }
    std::lock_guard count(mutex_);
    ++loads_;
    return share(found->store);
}

trust_store_cache::entry_ptr trust_store_cache::find_or_add(trust_key key) {
    entry_ptr oldest; // freed after the lock is released
    std::lock_guard lock(mutex_);
    auto const it = std::find_if(entries_.begin(), entries_.end(), [&key](entry_ptr const& each) {
        return each->key == key;
    });
    if (it != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, it);
        return entries_.front();
    }
    entries_.push_front(std::make_shared<entry>(std::move(key)));
    if (entries_.size() > capacity_) {
        oldest = std::move(entries_.back());
        entries_.pop_back();
    }
    return entries_.front();
}

void trust_store_cache::forget(entry_ptr const& failed) {
    std::lock_guard lock(mutex_);
    entries_.remove(failed);
}

std::size_t trust_store_cache::loads() const {
    std::lock_guard lock(mutex_);
    return loads_;
}

std::size_t trust_store_cache::size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
}

trust_store_cache& trust_stores() {
    static auto& instance = *new trust_store_cache(max_kept_stores);
    return instance;
}

} // namespace async_llm::net
