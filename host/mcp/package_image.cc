#include "mcp/package_image.h"

#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace v8py::mcp {

namespace {

constexpr int kLookMs = 200;

void LogFailure(const Status& status) {
  Log("mcp", LogLevel::kWarn,
      "no image of the packages could be made, and each call imports them: " + status.message());
}

}  // namespace

PackageImage::PackageImage(const Settings& settings, Interpreters& interpreters, Calls& calls)
    : settings_(settings), interpreters_(interpreters), calls_(calls) {
  if (!interpreters_.lacks_image()) return;
  Result<std::thread> thread = StartThread([this] { Make(); });
  if (thread) {
    thread_ = std::move(*thread);
  } else {
    LogFailure(thread.error());
  }
}

PackageImage::~PackageImage() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void PackageImage::Make() {
  std::stop_token stop = stop_.get_token();
  // A client may start a server only to see its tools, and programs want what this would take.
  if (!interpreters_.WaitForUse(stop)) return;
  while (!calls_.WaitUntilIdle(kLookMs)) {
    if (stop.stop_requested()) return;
  }
  Status status = settings_.make_image(stop);
  if (stop.stop_requested()) return;
  if (status.ok()) status = interpreters_.UseImage();
  if (!status.ok()) LogFailure(status);
}

}  // namespace v8py::mcp
