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
using v8py::ToError;

// The names are those of the command line's options.
struct Limit {
  std::string_view name;
  v8py_limit limit;
  v8py::Result<uint64_t> (*parse)(std::string_view, uint64_t);
};
constexpr Limit kLimits[] = {
    {"timeout", V8PY_LIMIT_WALL, v8py::ParseDuration},
    {"cpu", V8PY_LIMIT_CPU, v8py::ParseDuration},
    {"memory", V8PY_LIMIT_MEMORY, v8py::ParseSize},
    {"max-output", V8PY_LIMIT_OUTPUT, v8py::ParseSize},
    {"max-net", V8PY_LIMIT_NET, v8py::ParseSize},
    {"files", V8PY_LIMIT_FILES, v8py::ParseSize},
};
struct Source {
  std::string_view name;
  v8py_package_source source;
};
constexpr Source kSources[] = {{"index-url", V8PY_SOURCE_INDEX},
                               {"find-links", V8PY_SOURCE_FIND_LINKS},
                               {"packages-from", V8PY_SOURCE_DISTRIBUTION}};
struct Text {
  std::string_view name;
  v8py_error* (*set)(v8py_options*, const char*);
};
constexpr Text kTexts[] = {{"with", v8py_options_add_package},
                           {"audit", v8py_options_set_audit},
                           {"files-out", v8py_options_set_files_out}};

v8py_error* UnknownKey(const std::string& key) {
  std::vector<std::string_view> names = {"offline"};
  for (const Limit& limit : kLimits) names.push_back(limit.name);
  for (const Source& source : kSources) names.push_back(source.name);
  for (const Text& text : kTexts) names.push_back(text.name);
  std::string nearest = v8py::Nearest(key, names);
  return ToError(CallerError("there is no option '" + key + "'" +
                             (nearest.empty() ? "" : "; did you mean '" + nearest + "'?")));
}

v8py_error* SetText(v8py_options* options, const std::string& key, const std::string& text) {
  if (key.starts_with("allow-")) {
    return v8py_options_allow(options, key.c_str() + 6, text.c_str());
  }
  if (key.starts_with("deny-")) return v8py_options_deny(options, key.c_str() + 5, text.c_str());
  for (const Limit& limit : kLimits) {
    if (limit.name != key) continue;
    auto value = limit.parse(text, V8PY_UNLIMITED);
    if (!value) return ToError(value.error());
    return v8py_options_set_limit(options, limit.limit, *value);
  }
  if (text.empty()) return ToError(CallerError("a value is missing"));
  for (const Source& source : kSources) {
    if (source.name != key) continue;
    return v8py_options_set_package_source(options, source.source, text.c_str());
  }
  for (const Text& known : kTexts) {
    if (known.name == key) return known.set(options, text.c_str());
  }
  return UnknownKey(key);
}

v8py_error* Set(v8py_options* options, const std::string& key, const Json& value) {
  if (key == "offline") {
    if (!value.is_boolean()) return ToError(CallerError("it is true or false"));
    if (!value.get<bool>()) return nullptr;
    return v8py_options_set_package_source(options, V8PY_SOURCE_OFFLINE, "");
  }
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    if (!item.is_string() && !item.is_number()) {
      return ToError(CallerError("it is a text, or a list of them"));
    }
    std::string text = item.is_string() ? item.get<std::string>() : item.dump();
    if (v8py_error* error = SetText(options, key, text)) return error;
  }
  return nullptr;
}

}  // namespace

v8py_error* v8py_options_configure(v8py_options* options, const char* json) {
  if (v8py_error* error = v8py::Require(options, json)) return error;
  auto table = v8py::ParseJson(json);
  if (!table) return ToError(CallerError(table.error().message()));
  if (!table->is_object()) return ToError(CallerError("options are a JSON object"));
  v8py_options changed = *options;
  for (const auto& [key, value] : table->items()) {
    if (v8py_error* error = Set(&changed, key, value)) {
      error->message = key + ": " + error->message;
      return error;
    }
  }
  *options = std::move(changed);
  return nullptr;
}
