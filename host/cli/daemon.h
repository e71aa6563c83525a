// `v8py daemon …`: interpreters that are kept ready for later calls of `v8py exec`.
#pragma once

#include <string_view>
#include <vector>

namespace v8py {

// The words after "daemon". Returns the exit code.
int DaemonCommand(std::vector<std::string_view> words);

}  // namespace v8py
