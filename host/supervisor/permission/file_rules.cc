#include "supervisor/permission/file_rules.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/path.h"
#include "os/beneath.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGuestHome = "/home/guest";
// What Python itself needs there.
constexpr std::string_view kTaken[] = {"/lib", "/dev", "/proc", "/home/guest"};

std::string_view Name(FileRules::Right right) {
  return right == FileRules::Right::kRead ? "read" : "write";
}

std::string FlagText(bool allow, FileRules::Right right, std::string_view value) {
  return (allow ? "--allow-" : "--deny-") + std::string(Name(right)) + "=" + std::string(value);
}

// The shell leaves a tilde after an equals sign alone.
std::string ExpandHome(std::string_view path) {
  const char* home = getenv("HOME");
  if (home && (path == "~" || path.starts_with("~/"))) return home + std::string(path.substr(1));
  return std::string(path);
}

std::string GuestPathOf(const std::string& path) {
  fs::path lexical = fs::path(path).lexically_normal();
  if (lexical.is_relative() && *lexical.begin() != "..") {
    return WithoutEnd((fs::path(kGuestHome) / lexical).lexically_normal());
  }
  std::error_code ignored;
  return WithoutEnd(fs::absolute(lexical, ignored).lexically_normal());
}

Status CheckGuestPath(const std::string& guest, bool folder) {
  auto refuse = [&](const std::string& why) {
    return CallerError(why + "; say where the program is to find it: PATH:/another/place");
  };
  if (guest == "/") return refuse("a mount at / would hide Python itself");
  for (std::string_view taken : kTaken) {
    bool hides = IsWithin(taken, guest) && !(taken == kGuestHome && guest == kGuestHome && folder);
    bool inside = IsWithin(guest, taken) && taken != kGuestHome;
    if (hides || inside) return refuse("a mount at " + guest + " would hide what Python needs");
  }
  return Ok();
}

}  // namespace

Status FileRules::Allow(Right right, std::string_view value) {
  std::string text = FlagText(true, right, value);
  // The guest's path is absolute, so that a colon in a file's name need not be one of ours.
  size_t colon = value.rfind(":/");
  std::string host = ExpandHome(value.substr(0, colon));
  if (host.empty()) return CallerError(text + ": a path is missing");
  std::error_code error;
  fs::path real = fs::canonical(host, error);
  if (error) {
    return CallerError(text + ": " + error.message() +
                       (right == Right::kWrite ? "; make it first, or allow its folder" : ""));
  }
  std::string guest = colon == std::string_view::npos
                          ? GuestPathOf(host)
                          : WithoutEnd(fs::path(value.substr(colon + 1)).lexically_normal());
  Status status = CheckGuestPath(guest, fs::is_directory(real, error));
  if (!status.ok()) return status.While(text);
  rules_.push_back({true, right, WithoutEnd(real), guest, text});
  return Ok();
}

Status FileRules::Deny(Right right, std::string_view value) {
  return Deny(right, value, FlagText(false, right, value));
}

Status FileRules::Deny(Right right, std::string_view value, const std::string& text) {
  if (value.empty()) return CallerError(text + ": a path is missing");
  std::error_code error;
  fs::path real = fs::weakly_canonical(ExpandHome(value), error);
  if (!error) real = fs::absolute(real, error);
  if (error) return CallerError(text + ": " + error.message());
  rules_.push_back({false, right, WithoutEnd(real), "", text});
  // As it was said, too: where there is a link now a program may put a folder of its own.
  fs::path said = fs::absolute(ExpandHome(value), error);
  bool leads_up = std::find(said.begin(), said.end(), "..") != said.end();
  std::string other = WithoutEnd(said.lexically_normal());
  if (!leads_up && other != rules_.back().host) rules_.push_back({false, right, other, "", text});
  return Ok();
}

Status FileRules::Arrange(const std::vector<std::string>& own) {
  // A mount before what is in it.
  std::stable_sort(rules_.begin(), rules_.end(),
                   [](const Rule& a, const Rule& b) { return a.guest.size() < b.guest.size(); });
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!rules_[i].allow) continue;
    Status status = AddMount(i, own);
    if (!status.ok()) return status.While(rules_[i].text);
  }
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].allow) continue;
    for (size_t m = 0; m < mounts_.size(); ++m) {
      if (IsWithin(mounts_[m].host, rules_[i].host)) mount_rules_.push_back({m, "", i});
      if (IsWithin(rules_[i].host, mounts_[m].host)) {
        mount_rules_.push_back({m, PathBelow(rules_[i].host, mounts_[m].host), i});
      }
    }
  }
  return Ok();
}

Status FileRules::AddMount(size_t index, const std::vector<std::string>& own) {
  const Rule& rule = rules_[index];
  for (const std::string& folder : own) {
    if (rule.right != Right::kWrite) continue;
    if (IsWithin(folder, rule.host) || IsWithin(rule.host, folder)) {
      return CallerError("who can write there can change v8py itself (" + folder + ")");
    }
  }
  for (size_t m = 0; m < mounts_.size(); ++m) {
    const Mount& mount = mounts_[m];
    if (!IsWithin(rule.guest, mount.guest)) continue;
    std::string below = PathBelow(rule.guest, mount.guest);
    std::string expected = below.empty() ? mount.host : mount.host + "/" + below;
    if (rule.host != expected) {
      return CallerError("the program finds " + mount.host + " at " + mount.guest +
                         " already; say another place: PATH:/another/place");
    }
    mount_rules_.push_back({m, below, index});
    return Ok();
  }
  Descriptor found(open(rule.host.c_str(), O_PATH | O_CLOEXEC));
  struct stat is;
  if (!found.ok() || fstat(found.get(), &is) != 0) return CallerError(strerror(errno));
  if (!S_ISDIR(is.st_mode) && !S_ISREG(is.st_mode)) {
    return CallerError("only files and folders can be allowed, no device, FIFO or socket");
  }
  if (ShowsTheKernel(found.get())) {
    return CallerError("what is there shows the kernel's own state, and is no file of yours");
  }
  mounts_.push_back({rule.host, rule.guest, S_ISDIR(is.st_mode), std::move(found)});
  mount_rules_.push_back({mounts_.size() - 1, "", index});
  return Ok();
}

const FileRules::Rule* FileRules::FindDenial(Right right, size_t mount, std::string_view path,
                                             bool below) const {
  for (const MountRule& at : mount_rules_) {
    const Rule& rule = rules_[at.rule];
    // Who may not read may not write either.
    bool concerns =
        !rule.allow && at.mount == mount && (rule.right == right || rule.right == Right::kRead);
    if (!concerns) continue;
    if (IsWithin(path, at.path) || (below && IsWithin(at.path, path))) return &rule;
  }
  return nullptr;
}

Decision FileRules::Check(Right right, size_t mount, std::string_view path) const {
  if (const Rule* denial = FindDenial(right, mount, path, false)) {
    return Refuse(right, mount, path, denial);
  }
  for (const MountRule& at : mount_rules_) {
    const Rule& rule = rules_[at.rule];
    bool enough = rule.allow && (rule.right == Right::kWrite || right == Right::kRead);
    if (enough && at.mount == mount && IsWithin(path, at.path)) return {true, rule.text, ""};
  }
  return Refuse(right, mount, path, nullptr);
}

Decision FileRules::CheckTree(Right right, size_t mount, std::string_view path) const {
  if (const Rule* denial = FindDenial(right, mount, path, true)) {
    return Refuse(right, mount, path, denial);
  }
  return Check(right, mount, path);
}

Decision FileRules::Refuse(Right right, size_t mount, std::string_view path,
                           const Rule* denial) const {
  const Mount& at = mounts_[mount];
  std::string guest = path.empty() ? at.guest : at.guest + "/" + std::string(path);
  std::string what = (right == Right::kRead ? "reading " : "writing to ") + guest;
  if (denial) return {false, denial->text, what + " is denied by " + denial->text};
  std::string flag = FlagText(true, right, at.host);
  if (at.guest != at.host) flag += ":" + at.guest;
  return Needs(what, std::move(flag));
}

}  // namespace v8py
