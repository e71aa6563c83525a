#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/nearest.h"
#include "base/units.h"
#include "capi/types.h"

namespace {

using v8py::CallerError;
using v8py::Json;
using v8py::Status;

// As the command line has them.
struct Limit {
  std::string_view name;
  uint64_t v8py::Limits::*target;
  v8py::Result<uint64_t> (*parse)(std::string_view, uint64_t);
};
constexpr Limit kLimits[] = {
    {"timeout", &v8py::Limits::wall_ms, v8py::ParseDuration},
    {"cpu", &v8py::Limits::cpu_ms, v8py::ParseDuration},
    {"memory", &v8py::Limits::memory_bytes, v8py::ParseSize},
    {"max-output", &v8py::Limits::output_bytes, v8py::ParseSize},
    {"max-net", &v8py::Limits::net_bytes, v8py::ParseSize},
    {"files", &v8py::Limits::files_bytes, v8py::ParseSize},
};
constexpr std::string_view kOthers[] = {"audit",      "files-out",     "with",   "index-url",
                                        "find-links", "packages-from", "offline"};

Status UnknownKey(const std::string& key) {
  std::vector<std::string_view> names(std::begin(kOthers), std::end(kOthers));
  for (const Limit& limit : kLimits) names.push_back(limit.name);
  std::string nearest = v8py::Nearest(key, names);
  return CallerError("there is no option '" + key + "'" +
                     (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

Status SetText(v8py_options& options, const std::string& key, const std::string& text) {
  for (const Limit& limit : kLimits) {
    if (limit.name != key) continue;
    auto value = limit.parse(text, V8PY_UNLIMITED);
    if (!value) return value.error();
    options.program.limits.*limit.target = *value;
    return v8py::Ok();
  }
  v8py::AccessWish& access = options.access;
  if (key.starts_with("allow-")) return access.Add(true, key.substr(6), text);
  if (key.starts_with("deny-")) return access.Add(false, key.substr(5), text);
  v8py::IndexSettings& sources = access.packages.sources;
  if (text.empty()) return CallerError("a value is missing");
  if (key == "audit") {
    access.audit = text;
  } else if (key == "files-out") {
    access.files_out = text;
  } else if (key == "with") {
    access.packages.requirements.push_back(text);
  } else if (key == "index-url") {
    sources.indexes.push_back(text);
  } else if (key == "find-links") {
    sources.find_links.push_back(text);
  } else if (key == "packages-from") {
    sources.distribution = text;
  } else {
    return UnknownKey(key);
  }
  return v8py::Ok();
}

Status Set(v8py_options& options, const std::string& key, const Json& value) {
  if (key == "offline") {
    if (!value.is_boolean()) return CallerError("'offline' is true or false");
    options.access.packages.sources.offline = value.get<bool>();
    return v8py::Ok();
  }
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    if (!item.is_string() && !item.is_number()) {
      return CallerError("'" + key + "' is a text, or a list of them");
    }
    Status status = SetText(options, key, item.is_string() ? item.get<std::string>() : item.dump());
    if (!status.ok()) return status.While(key);
  }
  return v8py::Ok();
}

}  // namespace

v8py_error* v8py_options_configure(v8py_options* options, const char* json) {
  if (v8py_error* error = v8py::Require(options, json)) return error;
  auto table = v8py::ParseJson(json);
  if (!table) return v8py::ToError(CallerError(table.error().message()));
  if (!table->is_object()) return v8py::ToError(CallerError("options are a JSON object"));
  v8py_options changed = *options;
  for (const auto& [key, value] : table->items()) {
    Status status = Set(changed, key, value);
    if (!status.ok()) return v8py::ToError(status);
  }
  *options = std::move(changed);
  return nullptr;
}
