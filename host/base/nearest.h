// What somebody probably meant, for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace v8py {

// The word of `known` that was probably meant by `word`; "" when none is near.
std::string Nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace v8py
