// What is done before an interpreter becomes an image: programs run until V8 has optimised what
// they use, so that whoever continues from the image runs optimised code from its first line.
#pragma once

#include <vector>

#include "base/status.h"
#include "python/boot_files.h"

namespace v8py {

class Engine;
class Interpreter;

// `programs`: at least one, and the first is the shortest that there can be. `of_packages`: those
// that use packages. Then frees what can be freed, and has Python keep the rest for ever.
Status WarmUp(const Engine& engine, Interpreter& python, const std::vector<BootFile>& programs,
              const std::vector<BootFile>& of_packages);

}  // namespace v8py
