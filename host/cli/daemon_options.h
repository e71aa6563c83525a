// What `v8py daemon` was asked to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace v8py {

struct DaemonOptions {
  enum class Action { kStart, kStop, kStatus, kHelp } action = Action::kHelp;
  std::string image;  // "": that of exec without --image
  int guests = 2;
  uint64_t idle_ms = 600'000;  // V8PY_UNLIMITED: for ever
  bool foreground = false;
  bool now = false;
  bool json = false;
};

// Words after `v8py daemon`. kCaller for what makes no sense.
Result<DaemonOptions> ParseDaemonOptions(std::vector<std::string_view> words);

}  // namespace v8py
