// Reading command-line options, one table a command. Our own, because no library knows python3's
// rule: the first word that is no option (or -c, -m) hands the rest to the program.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace v8py {

struct OptionSpec {
  std::string_view name;   // "--timeout", "-c"
  std::string_view value;  // "DURATION"; "": takes none
  std::string_view help;
  std::function<Status(std::string_view value)> apply;
  // What it means alone; then a value is given by = only, as the next word may be a program. "":
  // it needs one.
  std::string_view alone = "";
};

class ArgumentReader {
 public:
  explicit ArgumentReader(std::vector<std::string_view> words) : words_(std::move(words)) {}

  // Applies options from the front until a word that is none, or after `--`. An unknown option is
  // kCaller, with the one that is nearest.
  Status ReadOptions(std::span<const OptionSpec> options);
  // The same behind `-c CODE`, where a word that looks like an option may be the program's: an
  // unknown one ends the options, unless it is nearly one of ours.
  Status ReadOwnOptions(std::span<const OptionSpec> options);

  bool empty() const { return words_.empty(); }
  std::string_view Take();
  const std::vector<std::string_view>& rest() const { return words_; }
  // Whether `--` ended the options.
  bool separated() const { return separated_; }

 private:
  enum class Unknown { kIsAnError, kEndsTheOptions };
  Status Read(std::span<const OptionSpec> options, Unknown unknown);
  Status Apply(const OptionSpec& option, std::string_view word, size_t equals);

  std::vector<std::string_view> words_;
  bool separated_ = false;
};

}  // namespace v8py
