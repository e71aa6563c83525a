#include "supervisor/access.h"

#include <fcntl.h>

#include <array>

#include "base/nearest.h"
#include "supervisor/distribution.h"

namespace v8py {

namespace {

using Right = AccessWish::Right;

constexpr std::array<std::string_view, 6> kNames = {"read", "write",    "net",
                                                    "env",  "packages", "host-call"};

// Where the guest finds the folder for its files.
constexpr std::string_view kFilesOut = "/v8py/out";

std::vector<std::string> SplitList(std::string_view values) {
  std::vector<std::string> list(1);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != ',') {
      list.back() += values[i];
    } else if (values.substr(i + 1).starts_with(",")) {
      list.back() += values[i++];
    } else {
      list.emplace_back();
    }
  }
  return list;
}

}  // namespace

std::vector<int> Access::CopyPacks() const {
  std::vector<int> copies;
  for (const Descriptor& pack : packs) {
    int copy = fcntl(pack.get(), F_DUPFD_CLOEXEC, 0);
    if (copy >= 0) copies.push_back(copy);
  }
  return copies;
}

Status AccessWish::Add(bool allow, std::string_view name, std::string_view values) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] != name) continue;
    for (std::string& value : SplitList(values)) {
      if (value.empty()) {
        return CallerError((allow ? "--allow-" : "--deny-") + std::string(name) +
                           ": a value is missing");
      }
      rules.push_back({static_cast<Right>(i), allow, std::move(value)});
    }
    return Ok();
  }
  std::vector<std::string_view> names(kNames.begin(), kNames.end());
  std::string nearest = Nearest(name, names);
  return CallerError("there is no permission '" + std::string(name) + "'" +
                     (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

Result<std::shared_ptr<const Access>> MakeAccess(const AccessWish& wish,
                                                 const std::vector<std::string>& own,
                                                 Provided provided) {
  auto access = std::make_shared<Access>();
  access->packs = std::move(provided.packs);
  access->packages = std::move(provided.packages);
  access->index = std::move(provided.index);
  NameRules environment("env"), packages("packages");
  for (const AccessWish::Rule& rule : wish.rules) {
    Status status;
    if (rule.right == Right::kEnv) {
      status = environment.Add(rule.allow, rule.value);
    } else if (rule.right == Right::kPackages) {
      status = packages.Add(rule.allow, rule.value == "*" ? "*" : CanonicalPackageName(rule.value));
    } else if (rule.right == Right::kHostCall) {
      status = access->host_calls.Add(rule.allow, rule.value);
    } else if (rule.right == Right::kNet) {
      status = rule.allow ? access->network.Allow(rule.value) : access->network.Deny(rule.value);
    } else {
      auto right = rule.right == Right::kRead ? FileRules::Right::kRead : FileRules::Right::kWrite;
      status = rule.allow ? access->files.Allow(right, rule.value)
                          : access->files.Deny(right, rule.value);
    }
    if (!status.ok()) return Fail(status);
  }
  if (!wish.files_out.empty()) {
    access->files_out = kFilesOut;
    Status status = access->files.Allow(FileRules::Right::kWrite,
                                        wish.files_out + ":" + std::string(kFilesOut));
    if (!status.ok()) return Fail(status.While("--files-out"));
  }
  if (!wish.audit.empty()) {
    auto audit = Audit::Open(wish.audit);
    if (!audit) return Fail(audit.error());
    access->audit = std::move(*audit);
    // A program does not write its own record. Now that the file is there: it may be a link.
    Status status =
        access->files.Deny(FileRules::Right::kWrite, wish.audit, "--audit=" + wish.audit);
    if (!status.ok()) return Fail(status);
  }
  Status status = access->files.Arrange(own);
  if (!status.ok()) return Fail(status);
  access->environment = AllowedEnvironment(environment);
  if (wish.ask) access->asker = std::make_shared<Asker>();
  if ((!packages.empty() || wish.ask) && provided.make_installer) {
    access->installer = provided.make_installer(std::move(packages), *access);
  }
  return access;
}

}  // namespace v8py
