// Reading the fields of a decoded message: typed, bounded, never throwing. The first field that is
// missing or wrong is remembered and named; later reads give defaults.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"

namespace v8py {

class Fields {
 public:
  // `object` and `status` must outlive this reader.
  Fields(const Json& object, Status& status) : object_(object), status_(status) {
    if (!object.is_object()) Refuse("message");
  }

  std::string Text(const char* name);
  bool Flag(const char* name);
  uint64_t Count(const char* name, uint64_t max = std::numeric_limits<int64_t>::max());
  int64_t Integer(const char* name, int64_t min, int64_t max);
  double Number(const char* name);
  std::vector<std::string> Texts(const char* name);
  // The elements of an array; an empty array when there is none.
  const Json& Array(const char* name);
  // A field of any type; null when it is missing.
  const Json& Any(const char* name);
  // The same, and it must be there.
  const Json& Value(const char* name);
  bool Has(const char* name) const { return object_.is_object() && object_.contains(name); }

  void Refuse(const char* name);

 private:
  const Json& object_;
  Status& status_;
};

// What of a message goes after the map, as it is: of most, nothing.
template <typename Message>
std::string_view DataOf(const Message&) {
  return {};
}

}  // namespace v8py
