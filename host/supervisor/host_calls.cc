#include "supervisor/host_calls.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/nearest.h"

namespace v8py {

namespace {

Decision Check(const Access* access, std::string_view name) {
  static const NameRules none("host-call");
  return (access ? access->host_calls : none).Check(name);
}

}  // namespace

Answer Returned(std::string json) {
  Answer answer = Done();
  answer.data = std::move(json);
  return answer;
}

Answer Raised(std::string_view type, std::string_view message) {
  return Done({{"error", message}, {"type", type}});
}

bool HostCalls::Has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

Json HostCalls::Allowed(const Access* access) const {
  Json allowed = Json::array();
  for (const std::string& name : names_) {
    if (Check(access, name).allowed) allowed.push_back(name);
  }
  return allowed;
}

std::string HostCalls::Unknown(const std::string& name, const Access* access) const {
  std::string text = "the host has no function '" + name + "'";
  std::vector<std::string> allowed = Allowed(access);
  if (allowed.empty()) return text + "; it offers none here";
  std::string nearest = Nearest(name, {allowed.begin(), allowed.end()});
  return text + (nearest.empty() ? "; dir(host) lists them" : "; did you mean '" + nearest + "'?");
}

void HostCalls::Handle(std::string_view name, const Json& arguments, std::string data,
                       const Access* access, uint64_t run,
                       std::function<void(Answer)> answer) const {
  if (name == "host.names") return answer(Done(Allowed(access)));
  bool typed = name == "host.call" && arguments.is_array() && arguments.size() == 1 &&
               arguments[0].is_string() && data.starts_with('{') && Json::accept(data);
  std::string function = typed ? arguments[0].get<std::string>() : "";
  if (!typed || function.size() > kMaxFunctionName) return answer(RefuseErrno(EINVAL));
  Decision decision = Check(access, function);
  if (access) decision = access->Settle(std::move(decision));
  // Not a word to a program about functions that it may not call.
  if (access && access->audit) access->audit->Write(run, "host-call", function, decision);
  if (!decision.allowed) return answer(Deny(decision, "calling the host's function "));
  if (!Has(function)) return answer(Raised("AttributeError", Unknown(function, access)));
  if (DepthOfJson(data) > kMaxDepth) {
    return answer(Raised("ValueError",
                         "arguments are nested more than " + std::to_string(kMaxDepth) + " deep"));
  }
  deliver_({std::move(function), std::move(data), std::move(answer)});
}

}  // namespace v8py
