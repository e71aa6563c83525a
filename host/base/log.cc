#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>

namespace v8py {

namespace {

constexpr std::array<std::string_view, 5> kNames = {"error", "warn", "info", "debug", "trace"};

struct Levels {
  LogLevel everything = LogLevel::kWarn;
  std::map<std::string, LogLevel, std::less<>> topics;
};

// Written by ConfigureLog() before threads start, read afterwards.
Levels& CurrentLevels() {
  static Levels levels;
  return levels;
}

Result<LogLevel> ParseLevel(std::string_view name, std::string_view specification) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<LogLevel>(i);
  }
  return Fail(CallerError("'" + std::string(name) + "' in V8PY_LOG=" + std::string(specification) +
                          " is no level; use error, warn, info, debug or trace"));
}

}  // namespace

Status ConfigureLog(std::string_view specification) {
  Levels levels;
  std::string_view rest = specification;
  while (!rest.empty()) {
    size_t comma = std::min(rest.find(','), rest.size());
    std::string_view part = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (part.empty()) continue;
    size_t equals = part.find('=');
    bool has_topic = equals != std::string_view::npos;
    Result<LogLevel> level = ParseLevel(has_topic ? part.substr(equals + 1) : part, specification);
    if (!level) return level.error();
    if (has_topic) {
      levels.topics[std::string(part.substr(0, equals))] = *level;
    } else {
      levels.everything = *level;
    }
  }
  CurrentLevels() = std::move(levels);
  return Ok();
}

bool LogEnabled(std::string_view topic, LogLevel level) {
  const Levels& levels = CurrentLevels();
  auto found = levels.topics.find(topic);
  return level <= (found == levels.topics.end() ? levels.everything : found->second);
}

void Log(std::string_view topic, LogLevel level, std::string_view message) {
  if (!LogEnabled(topic, level)) return;
  // One write, so that lines of several threads do not mix. A standard error that is closed or full
  // is no reason to fail.
  std::string line = "v8py[" + std::string(topic) + "] " + std::string(message) + "\n";
  ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  static_cast<void>(written);
}

}  // namespace v8py
