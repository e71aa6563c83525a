// Log lines on standard error, chosen by V8PY_LOG="topic=level,…" or V8PY_LOG=level.
// Levels: error, warn, info, debug, trace. Default: warn for every topic.
// Off costs one comparison: format arguments only behind LogEnabled().
#pragma once

#include <string_view>

#include "base/status.h"

namespace v8py {

enum class LogLevel { kError, kWarn, kInfo, kDebug, kTrace };

// Reads a specification like V8PY_LOG's; a bad one is refused with its position and changes
// nothing. Call before threads start.
Status ConfigureLog(std::string_view specification);
// Thread: any
bool LogEnabled(std::string_view topic, LogLevel level);
// One line: "v8py[topic] message". Thread: any
void Log(std::string_view topic, LogLevel level, std::string_view message);

}  // namespace v8py
