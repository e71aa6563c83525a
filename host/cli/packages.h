// `v8py packages list|search|info`.
#pragma once

#include <string_view>
#include <vector>

namespace v8py {

int PackagesCommand(std::vector<std::string_view> words);

}  // namespace v8py
