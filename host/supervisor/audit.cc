#include "supervisor/audit.h"

#include <fcntl.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/json.h"
#include "base/log.h"

namespace v8py {

namespace {

std::string Now() {
  timeval now;
  gettimeofday(&now, nullptr);
  tm parts;
  gmtime_r(&now.tv_sec, &parts);
  char seconds[32];
  strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string milliseconds = std::to_string(1000 + now.tv_usec / 1000);
  return seconds + ("." + milliseconds.substr(1)) + "Z";
}

}  // namespace

Result<std::shared_ptr<Audit>> Audit::Open(const std::string& path) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!file.ok()) return Fail(CallerError("audit log " + path + ": " + strerror(errno)));
  return std::shared_ptr<Audit>(new Audit(std::move(file)));
}

void Audit::Write(uint64_t run, std::string_view what, std::string_view target,
                  const Decision& decision) {
  nlohmann::ordered_json line = {{"time", Now()},
                                 {"run", run},
                                 {"what", what},
                                 {"target", target},
                                 {"allowed", decision.allowed},
                                 {"rule", decision.rule}};
  std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text += '\n';
  std::lock_guard lock(mutex_);
  // One write, so that lines of several processes do not mix.
  bool written = write(file_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written && !failed_.exchange(true)) {
    Log("audit", LogLevel::kError,
        std::string("the audit log cannot be written: ") + strerror(errno));
  }
}

}  // namespace v8py
