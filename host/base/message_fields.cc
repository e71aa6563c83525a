#include "base/message_fields.h"

#include <cmath>

namespace v8py {

namespace {
const Json kNull;
const Json kEmptyArray = Json::array();
}  // namespace

void Fields::Refuse(const char* name) {
  if (status_.ok()) status_ = WorldError(std::string("bad field '") + name + "'");
}

const Json& Fields::Any(const char* name) {
  if (!object_.is_object()) return kNull;
  auto found = object_.find(name);
  return found == object_.end() ? kNull : *found;
}

const Json& Fields::Value(const char* name) {
  if (!Has(name)) Refuse(name);
  return Any(name);
}

std::string Fields::Text(const char* name) {
  const Json& value = Any(name);
  if (value.is_string()) return value.get<std::string>();
  Refuse(name);
  return "";
}

bool Fields::Flag(const char* name) {
  const Json& value = Any(name);
  if (value.is_boolean()) return value.get<bool>();
  Refuse(name);
  return false;
}

uint64_t Fields::Count(const char* name, uint64_t max) {
  const Json& value = Any(name);
  if (value.is_number_unsigned() && value.get<uint64_t>() <= max) return value.get<uint64_t>();
  Refuse(name);
  return 0;
}

int64_t Fields::Integer(const char* name, int64_t min, int64_t max) {
  const Json& value = Any(name);
  if (value.is_number_unsigned() && value.get<uint64_t>() <= static_cast<uint64_t>(max)) {
    return static_cast<int64_t>(value.get<uint64_t>());
  }
  if (value.is_number_integer() && !value.is_number_unsigned() && value.get<int64_t>() >= min) {
    return value.get<int64_t>();
  }
  Refuse(name);
  return min > 0 ? min : 0;
}

double Fields::Number(const char* name) {
  const Json& value = Any(name);
  if (value.is_number() && std::isfinite(value.get<double>())) return value.get<double>();
  Refuse(name);
  return 0;
}

const Json& Fields::Array(const char* name) {
  const Json& value = Any(name);
  if (value.is_array()) return value;
  Refuse(name);
  return kEmptyArray;
}

std::vector<std::string> Fields::Texts(const char* name) {
  std::vector<std::string> texts;
  for (const Json& item : Array(name)) {
    if (item.is_string()) {
      texts.push_back(item.get<std::string>());
    } else {
      Refuse(name);
    }
  }
  return texts;
}

}  // namespace v8py
