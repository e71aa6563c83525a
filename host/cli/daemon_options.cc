#include "cli/daemon_options.h"

#include <charconv>
#include <string>

#include "base/nearest.h"
#include "base/units.h"
#include "cli/arguments.h"
#include "include/v8py.h"

namespace v8py {

namespace {

constexpr int kMostGuests = 1000;

Status SetGuests(DaemonOptions& options, std::string_view text) {
  auto [end, error] = std::from_chars(text.begin(), text.end(), options.guests);
  if (error == std::errc() && end == text.end() && options.guests >= 1 &&
      options.guests <= kMostGuests) {
    return Ok();
  }
  return CallerError("'" + std::string(text) + "' is no number from 1 to " +
                     std::to_string(kMostGuests));
}

Status SetIdleTimeout(DaemonOptions& options, std::string_view text) {
  Result<uint64_t> value = ParseDuration(text, V8PY_UNLIMITED);
  if (!value) return value.error();
  options.idle_ms = *value;
  return Ok();
}

std::vector<OptionSpec> OptionsOf(DaemonOptions& options) {
  using Action = DaemonOptions::Action;
  auto set = [](bool& target) {
    return [&target](std::string_view) {
      target = true;
      return Ok();
    };
  };
  auto help = [&options](std::string_view) {
    options.action = Action::kHelp;
    return Ok();
  };
  auto image = [&options](std::string_view text) {
    options.image = text;
    return text.empty() ? CallerError("an image has a name; see 'v8py image list'") : Ok();
  };
  std::vector<OptionSpec> table = {
      {"-h", "", "", help}, {"--help", "", "", help}, {"--image", "NAME", "", image}};
  if (options.action == Action::kStart) {
    table.push_back({"--guests", "N", "",
                     [&options](std::string_view text) { return SetGuests(options, text); }});
    table.push_back({"--idle-timeout", "DURATION", "",
                     [&options](std::string_view text) { return SetIdleTimeout(options, text); }});
    table.push_back({"--foreground", "", "", set(options.foreground)});
  } else if (options.action == Action::kStop) {
    table.push_back({"--now", "", "", set(options.now)});
  } else {
    table.push_back({"--json", "", "", set(options.json)});
  }
  return table;
}

}  // namespace

Result<DaemonOptions> ParseDaemonOptions(std::vector<std::string_view> words) {
  using Action = DaemonOptions::Action;
  DaemonOptions options;
  std::string_view action = words.empty() ? "" : words.front();
  if (action == "help" || action == "--help" || action == "-h") return options;
  if (action == "start") {
    options.action = Action::kStart;
  } else if (action == "stop") {
    options.action = Action::kStop;
  } else if (action == "status") {
    options.action = Action::kStatus;
  } else {
    std::string nearest = Nearest(action, {"start", "stop", "status"});
    return Fail(CallerError(
        "'v8py daemon' wants one of start, stop, status" +
        (nearest.empty() || action.empty() ? "" : "; did you mean '" + nearest + "'?")));
  }
  words.erase(words.begin());
  ArgumentReader reader(std::move(words));
  Status status = reader.ReadOptions(OptionsOf(options));
  if (!status.ok()) return Fail(status);
  if (reader.empty()) return options;
  return Fail(CallerError("'v8py daemon " + std::string(action) + "' takes options only, not '" +
                          std::string(reader.Take()) + "'"));
}

}  // namespace v8py
