// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/answer_scan.hpp"

#include "policy/bulk/line_failure.hpp"

namespace async_llm::file {

bool answer_scan::take(codec::text_line const& line) {
    using effect = policy::line_table::effect;
    last_ = codec::answer_line();
    if (line.is_too_long || !codec::read_answer_line(line.text, last_)) {
        ++counts_.unreadable;
        return false;
    }
    bool const is_exact = last_.key.has_value();
    last_key_ = is_exact ? *last_.key : hasher_.make_key(last_.custom_id, content_hash());
    if (last_.is_answer) {
        last_effect_ = table_.record_answer(last_key_, is_exact);
        if (last_effect_ == effect::duplicate || last_effect_ == effect::superseded) ++counts_.superseded;
    } else {
        bool const for_good = last_.is_final || (!is_exact && policy::fails_for_good(last_.status));
        last_effect_ = table_.record_failure(last_key_, for_good, is_exact);
    }
    return true;
}

} // namespace async_llm::file
