#include "supervisor/displays.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace v8py {

namespace {

// type/subtype, with parameters: "application/vnd.vegalite.v5+json".
bool IsMimeType(const std::string& text) {
  return text.size() < 128 && text.find('/') != std::string::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Answer Displays::Handle(const Json& arguments, std::string_view data) {
  bool typed = arguments.is_array() && arguments.size() == 2 && arguments[0].is_number_unsigned() &&
               arguments[1].is_string();
  if (!typed) return RefuseErrno(EINVAL);
  auto number = arguments[0].get<uint64_t>();
  auto type = arguments[1].get<std::string>();
  if (number > displays_.size() || !IsMimeType(type)) return RefuseErrno(EINVAL);
  bytes_ += data.size() + type.size();
  if (bytes_ > kMaxBytes || number >= kMaxCount) return RefuseErrno(EFBIG);
  if (number == displays_.size()) displays_.emplace_back();
  displays_[number][type] += data;
  return Done();
}

std::vector<Display> Displays::Take() {
  bytes_ = 0;
  return std::exchange(displays_, {});
}

}  // namespace v8py
