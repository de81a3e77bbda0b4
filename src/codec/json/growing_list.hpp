// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_GROWING_LIST_HPP
#define ASYNC_LLM_CODEC_JSON_GROWING_LIST_HPP

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace async_llm::codec {

/// List of plain values that may become very large, in one block of memory.
/**
 * Grows as a vector does, but without constructors, and by realloc. That may have to copy all of it, which
 * holds the thread for long if it is large. A list that is asked to \ref grow_ahead has all its room before
 * that; pages of it that are not used take no memory.
 */
template <class T>
class growing_list {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    growing_list() = default;
    growing_list(growing_list const&) = delete;
    growing_list& operator=(growing_list const&) = delete;
    ~growing_list() { std::free(data_); }

    /// Adds a value that has to be written. Beyond the limit it takes the place of the last one.
    T& add() {
        if (size_ == capacity_ && !grow(1)) --size_;
        return data_[size_++];
    }

    /// Appends values. Precondition: there is no limit.
    void append(T const* values, std::size_t count) {
        if (count > capacity_ - size_) grow(count);
        std::copy_n(values, count, data_ + size_);
        size_ += count;
    }

    T& operator[](std::size_t i) noexcept { return data_[i]; }
    T const& operator[](std::size_t i) const noexcept { return data_[i]; }
    T const* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    void clear() noexcept { size_ = 0; }

    /// Sets the most values that it may have, at least one.
    void limit_to(std::size_t most) noexcept { max_size_ = most; }
    /// Returns whether more was added than the limit allows.
    bool is_full() const noexcept { return is_full_; }

    /// Sets the capacity that it gets when it becomes large, within the limit.
    void grow_ahead(std::size_t capacity) noexcept { ahead_ = capacity; }

    /// Gives back what a large list has to spare.
    void shrink() noexcept {
        if (capacity_ > large && size_ < capacity_ - capacity_ / 4)
            reallocate(std::max<std::size_t>(size_, 1));
    }

    /// Gives back so many bytes of its end, whatever they hold. True: it has no memory any more.
    bool release_part(std::size_t bytes) noexcept {
        size_ = 0;
        auto const count = bytes / sizeof(T);
        if (capacity_ > count && reallocate(capacity_ - count)) return false;
        std::free(std::exchange(data_, nullptr));
        capacity_ = 0;
        return true;
    }

    /// Swaps values and memory, and neither limits nor \ref is_full.
    void swap(growing_list& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

private:
    // From there on it grows more slowly, since room to spare counts as well.
    static constexpr std::size_t large = 256u * 1024 / sizeof(T);
    static constexpr std::size_t smallest = 1024 / sizeof(T);

    // Rare, and so kept out of what adds values.
    [[gnu::noinline]] bool grow(std::size_t count) {
        is_full_ = is_full_ || size_ + count > max_size_;
        if (is_full_) return false;
        auto const doubled = capacity_ < large ? 2 * capacity_ : capacity_ + capacity_ / 4;
        auto const enough = std::max({smallest, doubled, size_ + count});
        bool const grown = (enough > large && enough < ahead_ && reallocate(ahead_)) || reallocate(enough);
        if (!grown) throw std::bad_alloc();
        return true;
    }

    bool reallocate(std::size_t capacity) noexcept {
        capacity = std::min(capacity, max_size_);
        auto* const block = static_cast<T*>(std::realloc(data_, capacity * sizeof(T)));
        if (!block) return false;
        data_ = block;
        capacity_ = capacity;
        return true;
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::size_t max_size_ = std::numeric_limits<std::size_t>::max();
    std::size_t ahead_ = 0;
    bool is_full_ = false;
};

/// Text that may become very large.
class growing_text : public growing_list<char> {
public:
    void append(std::string_view text) { growing_list::append(text.data(), text.size()); }
    using growing_list::append;
};

} // namespace async_llm::codec

#endif
