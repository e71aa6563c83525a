// The image of a server's packages, which is made while the server serves.
#pragma once

#include <stop_token>
#include <string_view>

#include "base/status.h"
#include "cli/package_options.h"

namespace v8py {

// Makes the image that v8py_image_find() finds for these packages: in a process of its own (`v8py
// image build --background`) that gives way to others, ends with this one, and at `stop`. Blocks.
// Does nothing when V8PY_IMAGE says that no image is to be made.
Status MakeImageInBackground(const PackageOptions& packages, const std::stop_token& stop);

// What that process does first. `parent`: the process that has started it, as a number, with which
// it ends. `options`: is given the packages, which come by standard input.
Status EnterBackground(std::string_view parent, v8py_options* options);

}  // namespace v8py
