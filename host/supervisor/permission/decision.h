// What a permission check says.
#pragma once

#include <string>
#include <utility>

namespace v8py {

struct Decision {
  bool allowed = false;
  std::string rule;       // that decided, as it was given: "--allow-read=data"; "": none is for it
  std::string why = {};   // when it is refused, for a person: with the flag that would allow it
  std::string flag = {};  // that flag: "--allow-read=data"; "": a rule refuses it
};

// Of what no rule is for.
inline Decision Needs(const std::string& what, std::string flag) {
  return {false, "", what + " needs " + flag, std::move(flag)};
}

}  // namespace v8py
