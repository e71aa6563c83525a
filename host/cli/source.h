// The bytes of the program that a user named.
#pragma once

#include <string>

#include "base/status.h"

namespace v8py {

// A file, a pipe, or "-" for standard input. Refuses, naming it, what cannot be read, a directory,
// and more than 16 MiB (nothing beyond that is read).
Result<std::string> ReadSource(const std::string& path);

}  // namespace v8py
