// `v8py cache info|clean|prune|verify`.
#pragma once

#include <string_view>
#include <vector>

namespace v8py {

int CacheCommand(const std::vector<std::string_view>& words);

}  // namespace v8py
