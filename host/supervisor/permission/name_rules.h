// Rules about names: of environment variables, packages, functions. A denial wins.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "supervisor/permission/decision.h"

namespace v8py {

class NameRules {
 public:
  // `right`: of the flags, "env" of --allow-env.
  explicit NameRules(std::string right) : right_(std::move(right)) {}

  // `pattern`: a name, a beginning and an asterisk ("AWS_*"), or "*". kCaller for an asterisk that
  // is elsewhere.
  Status Add(bool allow, std::string_view pattern);
  Decision Check(std::string_view name) const;
  // Whether a denial is for it.
  bool IsDenied(std::string_view name) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    bool allow;
    std::string pattern;
  };
  std::string Flag(bool allow, std::string_view value) const;

  std::string right_;
  std::vector<Rule> rules_;
};

// The variables of this process's environment that the rules allow.
std::vector<std::pair<std::string, std::string>> AllowedEnvironment(const NameRules& rules);

}  // namespace v8py
