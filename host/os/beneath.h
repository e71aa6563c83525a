// Files below a folder, by paths that somebody who is not trusted has named. The kernel resolves
// them (openat2): nothing above the folder is reached, no symbolic link is followed, whatever is
// renamed or replaced meanwhile.
// Failures are errno values.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "os/descriptor.h"

namespace v8py {

template <typename T>
using OrErrno = tl::expected<T, int>;

// Whether it is of a file system that holds no data, but shows the kernel's own state: procfs and
// its like.
bool ShowsTheKernel(int fd);
// A reference to what is at `path` (O_PATH), which may be of any type, a symbolic link too. "": the
// folder itself, which may be a file then. Nothing is opened: a FIFO or a device does not notice.
// EACCES for what ShowsTheKernel().
OrErrno<Descriptor> FindBeneath(int folder, std::string_view path);
// The folder that holds `path`, and the last name of it. EINVAL for a path without one.
struct Place {
  Descriptor folder;
  std::string name;
};
OrErrno<Place> FindPlaceBeneath(int folder, std::string_view path);
// Opens what FindBeneath() has found, if it is a regular file or a folder (or else EACCES).
// `flags`: as open(2) has them; O_CREAT is of no use.
OrErrno<Descriptor> OpenFound(const Descriptor& found, int flags);

}  // namespace v8py
