// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_TREE_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_TREE_HPP

#include "codec/json/json_tape.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Maker of a JSON tree from part of a tape, in as many steps as the caller likes.
/**
 * Boost.JSON salts the table of an object with its own address, whose low bits a peer may know, so that it
 * can choose names which all fall into one bucket. Hence no object gets more members than
 * `decode_limits::max_json_members`.
 */
class tree_builder {
public:
    /// Makes the whole tree, within the budget of the tape.
    explicit tree_builder(json_view source);

    /// Makes the part that fits these bounds: further values are left out, and texts cut.
    tree_builder(json_view source, std::size_t max_values, std::size_t max_text);

    tree_builder(tree_builder const&) = delete;
    tree_builder& operator=(tree_builder const&) = delete;
    ~tree_builder();

    /// Does about so much work (\ref json_budget::take_work).
    /** True: the tree is complete, or the budget exceeded. */
    bool step(std::size_t work);

    /// The tree; null if the budget was exceeded. Precondition: \ref step has returned true.
    json::value take();

private:
    /// Container that is not complete yet, and how many of its elements are still to come.
    struct open_container {
        open_container(json::value& v, json_view view, std::size_t count)
            : value(&v), next(view), left(count) {}

        json::value* value;
        json_view next;
        std::size_t left;
    };

    void add_next();
    bool may_copy_name(std::string_view name) noexcept;
    void put(json_view source, json::value& out);
    void put_text(std::string_view text, json::value& out);
    void add_text(std::size_t most);
    void open(json_view source, json::value& out);
    std::size_t admit(json_view container);

    json_budget& budget_;
    bool const cuts_;
    bool const in_steps_;
    std::size_t values_left_ = 0; // while cutting
    std::size_t text_left_ = 0;
    json::value root_;
    std::vector<open_container> open_;
    // A long text that is copied in pieces, and what is missing of it.
    json::string* text_ = nullptr;
    std::string_view rest_of_text_;
};

/// Makes a tree in one step; null if the budget of the tape is exceeded.
json::value build_tree(json_view source);

/// Makes a tree that is cut to these bounds.
json::value build_cut_tree(json_view source, std::size_t max_values, std::size_t max_text);

/// Returns the work that a tree takes; of a large value not all of it.
std::size_t work_of_tree(json_view source) noexcept;

} // namespace async_llm::codec

#endif
