// Landlock (Linux 5.13 and later): rights that a process gives up for good.
// Source: Documentation/userspace-api/landlock.rst of the kernel.
#pragma once

#include "base/status.h"

namespace v8py {

// The version of the kernel's Landlock; 0 when it has none or it is switched off.
int LandlockAbi();

// A rule set without a rule, for every right that this kernel's Landlock handles: all file access
// by path, TCP bind and connect (version 4), signals and abstract sockets outside (6).
// Returns the version; 0 when there is no Landlock, and nothing is denied. Needs no_new_privs.
Result<int> DenyEverythingByLandlock();

}  // namespace v8py
