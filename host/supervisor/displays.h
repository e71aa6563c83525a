// What a program shows: figures, tables, whatever has a form for people. Each is a bundle: bytes by
// their MIME types.
//
// Call: out.display [bundle, MIME type] + bytes    appends; bundles are numbered from 0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "supervisor/answer.h"

namespace v8py {

using Display = std::map<std::string, std::string>;

class Displays {
 public:
  // Bytes in all, and bundles; more are refused (EFBIG).
  static constexpr size_t kMaxBytes = size_t{16} << 20;
  static constexpr size_t kMaxCount = 256;

  Answer Handle(const Json& arguments, std::string_view data);
  std::vector<Display> Take();

 private:
  std::vector<Display> displays_;
  size_t bytes_ = 0;
};

}  // namespace v8py
