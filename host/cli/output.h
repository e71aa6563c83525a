// What the command line itself writes: to standard output and standard error, with exit codes for
// when that fails.
#pragma once

#include <cstddef>
#include <string_view>

namespace v8py {

// The exit codes of v8py's own. The others: outcome.h.
inline constexpr int kExitUsage = 2, kExitFault = 121, kExitClosedOutput = 141;

// Opens /dev/null where a standard descriptor is closed, because nothing else must get its number,
// and makes a write that fails an error instead of a signal.
void PrepareStandardStreams();
// Writes all of it; an errno value when that fails, else 0.
int WriteAll(int fd, const char* data, size_t size);
// Exit code for output that could not be written. Says why, unless nobody reads any more.
int OutputLost(int fd, int error);
// Writes to standard output; an exit code.
int Print(std::string_view text);
// "v8py: message" on standard error.
void PrintError(std::string_view message);

}  // namespace v8py
