// What the supervisor answers to a call of a program's: base/message.h's ReplyMessage before it has
// an id, with the descriptors that go beside it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "os/descriptor.h"
#include "supervisor/permission/decision.h"

namespace v8py {

struct Answer {
  std::string error, text;
  Json result;
  std::string data;
  std::vector<Descriptor> descriptors;
  bool denied = false;  // a permission was missing
  std::string flag;     // that would give it; "": a rule is against it
};

inline Answer Done(Json result = nullptr) { return {"", "", std::move(result), "", {}, false, ""}; }
// `error`: the name of an errno value.
inline Answer Refuse(std::string error, std::string text = "") {
  return {std::move(error), std::move(text), nullptr, "", {}, false, ""};
}
// The same for an errno value, which says all there is to say: with EACCES a text means that a
// permission is missing.
Answer RefuseErrno(int error_number);
// A permission is missing: `why` says which.
inline Answer Deny(std::string why, std::string flag = "") {
  return {"EACCES", std::move(why), nullptr, "", {}, true, std::move(flag)};
}
// `what` that was wanted: "installing ", before what the decision says.
inline Answer Deny(const Decision& decision, const std::string& what = "") {
  return Deny(what + decision.why, decision.flag);
}

}  // namespace v8py
