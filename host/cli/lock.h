// `v8py lock`, and lock files: PEP 751's pylock.toml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace v8py {

int LockCommand(std::vector<std::string_view> words);

// Where the lock of a program is by default: "script.py.lock"; pylock.toml for all that is no file.
std::string LockPathFor(const std::string& script);
// A lock file as v8py_options_set_lock() takes it. kCaller for what is none, naming the place.
Result<std::string> ReadLock(const std::string& path);

}  // namespace v8py
