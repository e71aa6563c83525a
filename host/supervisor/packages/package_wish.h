// Which packages a program is to find, and where they may come from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/packages/index_settings.h"
#include "supervisor/packages/plan.h"

namespace v8py {

struct PackageWish {
  // PEP 508 ("pandas>=2", "requests[socks]"), or the path of a wheel.
  std::vector<std::string> requirements;
  IndexSettings sources;  // what is empty is completed
  // Which wheels these requirements come to, decided earlier: nothing else is taken.
  std::optional<Plan> lock;
  // What is there already, with its version, and stays.
  std::map<std::string, std::string> installed;

  // A lock has to be looked at also by who wants nothing: it may be for something.
  bool empty() const { return requirements.empty() && !lock; }
};

}  // namespace v8py
