// Packages for a program: from requirements to packs that are open and can be mounted. What is not
// in the cache is fetched, verified and made first. Blocks; not on the loop's thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "supervisor/packages/cache.h"
#include "supervisor/packages/inner_program.h"
#include "supervisor/packages/pack_maker.h"
#include "supervisor/packages/package_wish.h"

namespace v8py {

class PackageLoader {
 public:
  PackageLoader(PackageCache cache, RunToEnd run, std::function<void(const std::string&)> progress)
      : cache_(std::move(cache)), run_(std::move(run)), progress_(std::move(progress)) {}

  // A pack for each package, in the order of installation.
  Result<std::vector<Descriptor>> Load(const PackageWish& wish);

 private:
  // Puts a wheel of the machine's into the cache.
  Result<WheelFile> TakeLocalWheel(const std::string& path);

  PackageCache cache_;
  RunToEnd run_;
  std::function<void(const std::string&)> progress_;
};

}  // namespace v8py
