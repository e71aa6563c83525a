#include "supervisor/image_label.h"

#include <time.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/message_fields.h"
#include "supervisor/processor.h"

namespace v8py {

namespace {

// The rows of `width` texts that `json` has under `key`; nothing when it has something else.
std::optional<std::vector<std::vector<std::string>>> RowsIn(const Json& json, const char* key,
                                                            size_t width) {
  std::vector<std::vector<std::string>> rows;
  if (!json.contains(key) || !json[key].is_array()) return std::nullopt;
  for (const Json& row : json[key]) {
    bool right = row.is_array() && row.size() == width &&
                 std::all_of(row.begin(), row.end(), [](const Json& it) { return it.is_string(); });
    if (!right) return std::nullopt;
    rows.push_back(row.get<std::vector<std::string>>());
  }
  return rows;
}

}  // namespace

ImageLabel ImageLabel::Here(const Install& install, const ImageContents& contents) {
  ImageLabel label;
  label.contents = contents;
  label.build = install.build_id();
  label.processor = ProcessorFeatures();
  time_t now = time(nullptr);
  tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  label.created = text;
  return label;
}

std::string EncodeLabel(const ImageLabel& label) {
  Json packages = Json::array();
  for (const Package& package : label.contents.packages) {
    packages.push_back({package.name, package.version, package.file, package.sha256});
  }
  return DumpJson({{"format", ImageLabel::kFormat},
                   {"build", label.build},
                   {"processor", label.processor},
                   {"name", label.contents.name},
                   {"packages", packages},
                   {"preload", label.contents.preload},
                   {"request", label.contents.request},
                   {"created", label.created},
                   {"size", label.size},
                   {"pages", label.pages},
                   {"files", label.files}});
}

Result<ImageLabel> DecodeLabel(std::string_view text) {
  const Status damaged = WorldError("its label is damaged");
  Result<Json> json = ParseJson(text);
  if (!json) return Fail(damaged);
  Status status;
  Fields fields(*json, status);
  if (fields.Integer("format", 0, 1000) != ImageLabel::kFormat) {
    return Fail(status.ok() ? WorldError("another version of v8py made it") : damaged);
  }
  ImageLabel label;
  label.build = fields.Text("build");
  label.processor = fields.Text("processor");
  label.contents.name = fields.Text("name");
  label.contents.preload = fields.Texts("preload");
  label.contents.request = fields.Text("request");
  label.created = fields.Text("created");
  label.size = fields.Count("size");
  label.pages = fields.Text("pages");
  auto files = RowsIn(*json, "files", 2), packages = RowsIn(*json, "packages", 4);
  if (!status.ok() || !files || !packages) return Fail(damaged);
  for (auto& row : *files) label.files.emplace_back(row[0], row[1]);
  for (auto& row : *packages) label.contents.packages.push_back({row[0], row[1], row[2], row[3]});
  return label;
}

}  // namespace v8py
