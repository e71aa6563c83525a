// What the operator has decided. Arguments of a call never widen it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "include/v8py.h"

namespace v8py::mcp {

class Telemetry;

// How run_python_code tells its result in text: as mcp-run-python does, in one of its two forms.
enum class TextForm { kXml, kJson };
// Whether results have a form for programs beside the text. kAuto: not beside images, because some
// clients then show the model nothing else.
enum class Structured { kAuto, kAlways, kNever };

// As a description lists them: "a, b".
inline std::string Listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

struct Settings {
  // Gives a program's options what was granted to it: limits, permissions, and where packages come
  // from.
  std::function<v8py_error*(v8py_options*)> grant;
  // Gets a runtime ready before its first program: its image.
  std::function<v8py_error*(v8py_runtime*)> prepare;
  // What programs find installed: "numpy", "pandas>=2".
  std::vector<std::string> packages;
  // Makes the image that v8py_image_find() finds for the packages, unless none is wanted; takes
  // half a minute, and ends at a stop. Empty: an image of them is neither made nor used.
  std::function<Status(const std::stop_token&)> make_image;

  // For the tools' descriptions; grant() is what counts.
  uint64_t wall_ms = 60'000;
  uint64_t memory_bytes = uint64_t{1} << 30;
  std::vector<std::string> hosts, readable, writable, installable;

  TextForm text = TextForm::kXml;
  Structured structured = Structured::kAuto;
  int concurrency = 8;   // programs that run at a time
  size_t waiting = 256;  // calls that wait for their turn
  size_t sessions = 16;
  uint64_t session_idle_ms = 15 * uint64_t{60'000};
  std::shared_ptr<Telemetry> telemetry;  // null: none. Shared with the requests' spans
  int pool = 2;                          // interpreters that are kept ready, once there was a call
};

}  // namespace v8py::mcp
