// `v8py image …`: the image that interpreters start from.
#pragma once

#include <string_view>
#include <vector>

#include "include/v8py.h"

namespace v8py {

// The words after "image". Returns the exit code.
int ImageCommand(const std::vector<std::string_view>& words);

// Makes the image if there is none yet, and says so on a terminal. Failures are logged only: what
// wants to run runs without.
void EnsureImage(v8py_runtime* runtime);

}  // namespace v8py
