// Has the image of the packages made, if there is none: in idle time after the first call, once, in
// the background. A failure is logged, and changes nothing.
#pragma once

#include <stop_token>
#include <thread>

#include "mcp/calls.h"
#include "mcp/interpreters.h"

namespace v8py::mcp {

class PackageImage {
 public:
  // All of them outlive it.
  PackageImage(const Settings& settings, Interpreters& interpreters, Calls& calls);
  // Ends what is under way.
  ~PackageImage();
  PackageImage(const PackageImage&) = delete;

 private:
  void Make();

  const Settings& settings_;
  Interpreters& interpreters_;
  Calls& calls_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace v8py::mcp
