// Where programs run. Nothing of V8 is started before the first of them.
//
// The packages that programs find installed are mounted for each, unless there is an image that has
// them imported: one that is there at the start is used from the first program on, and one that is
// made later (package_image.h) from then on. What runs already goes on where it is.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "mcp/handles.h"
#include "mcp/settings.h"

namespace v8py::mcp {

// What programs are started in. It stays as long as somebody has it: interpreters, sessions, runs.
struct Home {
  RuntimeHandle runtime;
  bool has_packages = false;  // they are in the image
};

class Interpreters {
 public:
  // Looks for an image of the packages.
  explicit Interpreters(const Settings& settings);
  Interpreters(const Interpreters&) = delete;

  // Of the next program, or session; the first call makes it ready. Thread: any
  Result<std::shared_ptr<const Home>> Get();
  // Options with what the operator has granted, and the packages. Thread: any
  Result<OptionsHandle> NewOptions(const Home& home) const;

  // What is installed: "numpy 2.4.3" when that is known from the start, or else what was asked for.
  const std::vector<std::string>& packages() const { return packages_; }
  // Whether an image of the packages would help, and is not there.
  bool lacks_image() const { return settings_.make_image && !from_image_; }
  // Waits for the first Get(). False: stopped before that. Thread: any
  bool WaitForUse(const std::stop_token& stop);
  // Looks for the image once more, and has all that is begun later start from it. Thread: any
  Status UseImage();

 private:
  using Shared = std::shared_ptr<const Home>;
  // One that starts from the image of the packages; null: there is none. `packages`: what is in it.
  Result<Shared> FromImage(std::vector<std::string>& packages) const;
  // One that has the packages mounted for each program.
  Result<Shared> WithoutImage() const;
  // Starts its interpreters, and has one of them do nothing.
  Status WarmUp(const Home& home) const;
  void SetPool(const Home& home) const;

  const Settings& settings_;
  std::vector<std::string> packages_;
  Shared from_image_;  // that was there at the start, until it is in use
  std::mutex mutex_;
  std::condition_variable_any used_;
  Shared home_;  // shared with what runs in it
};

}  // namespace v8py::mcp
