#include "cli/arguments.h"

#include <algorithm>

#include "base/nearest.h"

namespace v8py {

namespace {

// The word of `known` that begins with `word`, "" when none or several do.
std::string Beginning(std::string_view word, const std::vector<std::string_view>& known) {
  std::string found;
  for (std::string_view candidate : known) {
    if (!candidate.starts_with(word)) continue;
    if (!found.empty()) return "";
    found = candidate;
  }
  return found;
}

bool LooksLikeOption(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

bool IsShort(std::string_view name) { return name.size() == 2 && name[1] != '-'; }

}  // namespace

std::string_view ArgumentReader::Take() {
  std::string_view word = words_.front();
  words_.erase(words_.begin());
  return word;
}

Status ArgumentReader::ReadOptions(std::span<const OptionSpec> options) {
  return Read(options, Unknown::kIsAnError);
}

Status ArgumentReader::ReadOwnOptions(std::span<const OptionSpec> options) {
  return Read(options, Unknown::kEndsTheOptions);
}

Status ArgumentReader::Read(std::span<const OptionSpec> options, Unknown unknown) {
  while (!words_.empty() && LooksLikeOption(words_.front())) {
    std::string_view word = words_.front();
    if (word == "--") {
      Take();
      separated_ = true;
      return Ok();
    }
    size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
    std::string_view name = word.substr(0, equals);
    auto found = std::find_if(options.begin(), options.end(), [&](const OptionSpec& option) {
      return option.name == name ||
             (IsShort(option.name) && !option.value.empty() && word.starts_with(option.name));
    });
    if (found == options.end()) {
      std::vector<std::string_view> names;
      for (const OptionSpec& option : options) {
        if (!IsShort(option.name)) names.push_back(option.name);
      }
      std::string nearest = name.starts_with("--") ? Nearest(name, names) : "";
      if (unknown == Unknown::kEndsTheOptions && nearest.empty()) return Ok();
      if (nearest.empty()) nearest = Beginning(name, names);
      std::string advice = nearest.empty() ? "see --help" : "did you mean '" + nearest + "'?";
      if (unknown == Unknown::kEndsTheOptions) advice += " (write -- before the program's own)";
      return CallerError("unknown option '" + std::string(name) + "'; " + advice);
    }
    Status status = Apply(*found, word, equals);
    if (!status.ok()) return status;
    // -c and -m: what follows is the command's to read.
    if (found->name == "-c" || found->name == "-m") return Ok();
  }
  return Ok();
}

Status ArgumentReader::Apply(const OptionSpec& option, std::string_view word, size_t equals) {
  Take();
  if (option.value.empty()) {
    if (equals != std::string_view::npos) {
      return CallerError(std::string(option.name) + " takes no value");
    }
    return option.apply("");
  }
  std::string_view value;
  if (equals != std::string_view::npos) {
    value = word.substr(equals + 1);
  } else if (word.size() > option.name.size()) {
    value = word.substr(option.name.size());  // -cCODE
  } else if (!option.alone.empty()) {
    value = option.alone;
  } else if (words_.empty()) {
    return CallerError(std::string(option.name) + " needs a value: " + std::string(option.name) +
                       " " + std::string(option.value));
  } else {
    value = Take();
  }
  return option.apply(value).While(option.name);
}

}  // namespace v8py
