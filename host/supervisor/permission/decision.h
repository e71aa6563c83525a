// What a permission check says.
#pragma once

#include <string>

namespace v8py {

struct Decision {
  bool allowed = false;
  std::string rule;  // that decided, as it was given: "--allow-read=data"; "": none is for it
  std::string why;   // when it is refused, for a person: with the flag that would allow it
};

}  // namespace v8py
