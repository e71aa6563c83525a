#include "supervisor/permission/name_rules.h"

#include <unistd.h>

#include <algorithm>

namespace v8py {

namespace {

bool Matches(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

}  // namespace

std::string NameRules::Flag(bool allow, std::string_view value) const {
  return (allow ? "--allow-" : "--deny-") + right_ + "=" + std::string(value);
}

Status NameRules::Add(bool allow, std::string_view pattern) {
  size_t asterisk = pattern.find('*');
  bool fits =
      !pattern.empty() && (asterisk == std::string_view::npos || asterisk == pattern.size() - 1);
  if (!fits) {
    return CallerError(Flag(allow, pattern) +
                       ": an asterisk may be at the end only: NAME, PREFIX*, *");
  }
  rules_.push_back({allow, std::string(pattern)});
  return Ok();
}

Decision NameRules::Check(std::string_view name) const {
  const Rule* found = nullptr;
  for (const Rule& rule : rules_) {
    if (!Matches(rule.pattern, name)) continue;
    if (!found || !rule.allow) found = &rule;
    if (!rule.allow) break;
  }
  if (!found) return Needs("'" + std::string(name) + "'", Flag(true, name));
  std::string rule = Flag(found->allow, found->pattern);
  if (found->allow) return {true, rule, ""};
  return {false, rule, "'" + std::string(name) + "' is denied by " + rule};
}

bool NameRules::IsDenied(std::string_view name) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Rule& rule) { return !rule.allow && Matches(rule.pattern, name); });
}

std::vector<std::pair<std::string, std::string>> AllowedEnvironment(const NameRules& rules) {
  std::vector<std::pair<std::string, std::string>> allowed;
  if (rules.empty()) return allowed;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view text = *entry;
    size_t equals = text.find('=');
    if (equals == std::string_view::npos || !rules.Check(text.substr(0, equals)).allowed) continue;
    allowed.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return allowed;
}

}  // namespace v8py
