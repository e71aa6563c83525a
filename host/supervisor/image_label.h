// The first bytes of an image's file: what it was made from, and what it holds.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "supervisor/distribution.h"
#include "supervisor/install.h"

namespace v8py {

// What an image holds beside a fresh interpreter.
struct ImageContents {
  std::string name;                  // by which people choose it
  std::vector<Package> packages;     // unpacked and linked, by name
  std::vector<std::string> preload;  // modules that are imported
  // What was wanted and from where (PackageLoader::KeyOf()); "": not just the packages of a
  // program.
  std::string request;
  bool operator==(const ImageContents&) const = default;
};

struct ImageLabel {
  std::string build;      // Install::build_id()
  std::string processor;  // ProcessorFeatures()
  ImageContents contents;
  std::string created;  // UTC, ISO 8601
  uint64_t size = 0;    // of the file
  std::string pages;    // XXH3-128 of everything behind the label
  // What the image maps of the installation, and its XXH3-128.
  std::vector<std::pair<std::string, std::string>> files;

  static constexpr int kFormat = 3;
  // A label for an image that this installation makes on this machine.
  static ImageLabel Here(const Install& install, const ImageContents& contents);
};

// JSON text, and back. kWorld, saying what is wrong with it.
std::string EncodeLabel(const ImageLabel& label);
Result<ImageLabel> DecodeLabel(std::string_view text);

}  // namespace v8py
