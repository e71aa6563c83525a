// Makes packs of wheels, which are mounted into guests: in a sandbox, once for each wheel.
#pragma once

#include <functional>
#include <string>

#include "supervisor/packages/cache.h"
#include "supervisor/packages/inner_program.h"

namespace v8py {

struct WheelFile {
  std::string sha256;      // verified
  std::string file_name;   // as the index has it: it says name, version and platform
  bool libraries = false;  // not a wheel, but an archive of libraries, of a distribution of Pyodide
};

// The pack of a wheel that is in the cache, made now if it is not there. `progress` is told when it
// has to be made. kWorld for a wheel that cannot be used, naming it.
Result<Descriptor> OpenOrMakePack(const PackageCache& cache, const WheelFile& wheel,
                                  const RunToEnd& run,
                                  const std::function<void(const std::string&)>& progress);

}  // namespace v8py
