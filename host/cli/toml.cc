#include "cli/toml.h"

// Without exceptions, which Debian's library is built with.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <sstream>

namespace v8py {

namespace {

Json ToJson(const toml::node& node);

Json ToJson(const toml::table& table) {
  Json json = Json::object();
  for (const auto& [key, value] : table) json[std::string(key.str())] = ToJson(value);
  return json;
}

Json ToJson(const toml::node& node) {
  if (const toml::table* table = node.as_table()) return ToJson(*table);
  if (const toml::array* array = node.as_array()) {
    Json json = Json::array();
    for (const toml::node& item : *array) json.push_back(ToJson(item));
    return json;
  }
  if (auto text = node.value_exact<std::string>()) return *text;
  if (auto flag = node.value_exact<bool>()) return *flag;
  if (auto integer = node.value_exact<int64_t>()) return *integer;
  if (auto number = node.value_exact<double>()) return *number;
  std::ostringstream text;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) text << value.get();
  });
  return text.str();
}

toml::table ToTable(const Json& object);

toml::array ToArray(const Json& list) {
  toml::array array;
  for (const Json& item : list) {
    if (item.is_object()) array.push_back(ToTable(item));
    if (item.is_array()) array.push_back(ToArray(item));
    if (item.is_string()) array.push_back(item.get<std::string>());
    if (item.is_boolean()) array.push_back(item.get<bool>());
    if (item.is_number_integer()) array.push_back(item.get<int64_t>());
  }
  return array;
}

toml::table ToTable(const Json& object) {
  toml::table table;
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) table.insert(key, ToTable(value));
    if (value.is_array()) table.insert(key, ToArray(value));
    if (value.is_string()) table.insert(key, value.get<std::string>());
    if (value.is_boolean()) table.insert(key, value.get<bool>());
    if (value.is_number_integer()) table.insert(key, value.get<int64_t>());
  }
  return table;
}

}  // namespace

std::string DumpToml(const Json& object) {
  std::ostringstream text;
  text << ToTable(object) << "\n";
  return text.str();
}

Result<Json> ParseToml(std::string_view text, const std::string& name) {
  toml::parse_result parsed = toml::parse(text, name);
  if (parsed) return ToJson(parsed.table());
  const toml::parse_error& error = parsed.error();
  return Fail(CallerError(name + ", line " + std::to_string(error.source().begin.line) + ": " +
                          std::string(error.description())));
}

}  // namespace v8py
