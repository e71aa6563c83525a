// Which packages a program is to find, and where they may come from.
#pragma once

#include <string>
#include <vector>

#include "supervisor/packages/index_settings.h"

namespace v8py {

struct PackageWish {
  // PEP 508 ("pandas>=2", "requests[socks]"), or the path of a wheel.
  std::vector<std::string> requirements;
  IndexSettings sources;  // what is empty is completed
};

}  // namespace v8py
