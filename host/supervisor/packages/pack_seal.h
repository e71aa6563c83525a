// The seal of a pack: the SHA-256 of what is before it, as 64 hexadecimal digits at the file's end.
// Written by this side when the sandbox that made the pack has gone.
#pragma once

#include "base/status.h"

namespace v8py {

// Appends the seal to a file that is open to be read and written.
Status Seal(int fd);
// Whether the file is as it was sealed. Errors: the file cannot be read.
Result<bool> IsSealed(int fd);

}  // namespace v8py
