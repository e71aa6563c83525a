#include "supervisor/packages/installer.h"

#include <algorithm>
#include <cerrno>

#include "supervisor/distribution.h"
#include "supervisor/jobs.h"

namespace v8py {

namespace {

constexpr size_t kMaxRequirements = 100;

// The name that a requirement begins with, in its normal form; "" when it has none.
std::string NameOf(const std::string& requirement) {
  size_t begin = requirement.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  size_t end = begin;
  while (end < requirement.size() && is_name(requirement[end])) ++end;
  return CanonicalPackageName(std::string_view(requirement).substr(begin, end - begin));
}

}  // namespace

void PackageInstaller::Start(std::shared_ptr<const PackageInstaller> self, uint64_t run,
                             Json arguments, std::function<void(Answer)> answer) {
  Jobs& jobs = self->jobs_;
  auto work = [self = std::move(self), run, arguments = std::move(arguments), answer] {
    answer(self->Install(run, arguments));
  };
  if (!jobs.Start(std::move(work))) answer(RefuseErrno(EAGAIN));
}

Decision PackageInstaller::Check(uint64_t run, const std::string& name) const {
  Decision decision = rules_.Check(name);
  if (asker_) decision = asker_->Settle(std::move(decision));
  if (audit_) audit_->Write(run, "package", name, decision);
  return decision;
}

Answer PackageInstaller::Install(uint64_t run, const Json& arguments) const {
  bool typed = arguments.is_array() && arguments.size() == 2 && arguments[0].is_array() &&
               arguments[0].size() <= kMaxRequirements && arguments[1].is_object();
  if (!typed) return RefuseErrno(EINVAL);
  PackageWish wish;
  wish.sources = sources_;
  for (const Json& item : arguments[0]) {
    if (!item.is_string()) return RefuseErrno(EINVAL);
    auto requirement = item.get<std::string>();
    std::string name = NameOf(requirement);
    // No URL, no path: those would be the program's to choose, and ours to fetch.
    bool plain = !name.empty() && requirement.size() < 1000 &&
                 requirement.find_first_of("@/") == std::string::npos;
    if (!plain)
      return Refuse("EINVAL", "'" + requirement.substr(0, 200) + "' is no package of an index");
    Decision decision = Check(run, name);
    if (!decision.allowed) return Deny(decision, "installing ");
    wish.requirements.push_back(std::move(requirement));
  }
  for (const auto& [name, version] : arguments[1].items()) {
    if (version.is_string()) wish.installed[name] = version.get<std::string>();
  }
  Result<PackageLoader::Loaded> loaded = loader_.Load(wish);
  if (!loaded) {
    return Refuse(loaded.error().code() == Code::kCaller ? "EINVAL" : "EIO",
                  loaded.error().message());
  }
  Json names = Json::array();
  for (const PlannedPackage& package : loaded->plan.packages) {
    // What others need comes with them, unless somebody does not want it at all.
    if (rules_.IsDenied(package.name)) return Deny(Check(run, package.name), "installing ");
    names.push_back({package.name, package.version});
  }
  Answer answer = Done(std::move(names));
  answer.descriptors = std::move(loaded->packs);
  return answer;
}

}  // namespace v8py
