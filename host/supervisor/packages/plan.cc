#include "supervisor/packages/plan.h"

namespace v8py {

namespace {

constexpr const char* kFrom[] = {"index", "distribution", "file"};

bool IsFileName(const std::string& name) {
  return !name.empty() && name.size() < 256 && name.find('/') == std::string::npos &&
         name.front() != '.' && name.find('\0') == std::string::npos;
}

}  // namespace

Json Plan::ToJson() const {
  Json list = Json::array();
  for (const PlannedPackage& package : packages) {
    list.push_back({{"name", package.name},
                    {"version", package.version},
                    {"file", package.file_name},
                    {"sha256", package.sha256},
                    {"from", kFrom[static_cast<int>(package.from)]},
                    {"place", package.place},
                    {"libraries", package.libraries},
                    {"requested", package.requested},
                    {"requires", package.requires_names}});
  }
  return {{"packages", std::move(list)}, {"requirements", requirements}};
}

Result<Plan> Plan::FromJson(const Json& json) {
  Plan plan;
  auto wrong = [] { return Fail(InternalError("a plan of packages that is none")); };
  if (!json.is_object() || !json.contains("packages") || !json["packages"].is_array())
    return wrong();
  for (const Json& item : json["packages"]) {
    PlannedPackage package;
    auto text = [&item](const char* name) {
      auto found = item.find(name);
      return found != item.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (!item.is_object()) return wrong();
    package.name = text("name");
    package.version = text("version");
    package.file_name = text("file");
    package.sha256 = text("sha256");
    package.place = text("place");
    std::string from = text("from");
    package.from = from == "index"          ? PlannedPackage::From::kIndex
                   : from == "distribution" ? PlannedPackage::From::kDistribution
                                            : PlannedPackage::From::kFile;
    package.libraries = item.value("libraries", Json(false)) == Json(true);
    package.requested = item.value("requested", Json(false)) == Json(true);
    for (const Json& name : item.value("requires", Json::array())) {
      if (name.is_string()) package.requires_names.push_back(name.get<std::string>());
    }
    if (package.name.empty() || !IsFileName(package.file_name) || package.place.empty())
      return wrong();
    plan.packages.push_back(std::move(package));
  }
  for (const Json& text : json.value("requirements", Json::array())) {
    if (text.is_string()) plan.requirements.push_back(text.get<std::string>());
  }
  return plan;
}

}  // namespace v8py
