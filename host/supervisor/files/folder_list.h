// What is in a folder, in parts that a frame can hold.
#pragma once

#include <string>

#include "os/descriptor.h"
#include "supervisor/answer.h"

namespace v8py {

// Of `folder`, the first names after `after` in the order of bytes: [[name, mode], …], more?
// Names that are not UTF-8 cannot be said, and are left out.
Answer ListFolder(Descriptor folder, const std::string& after);

}  // namespace v8py
