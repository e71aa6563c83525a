// Which files and folders of the host a program sees, where, and what it may do with them: the
// rules of --allow-read, --allow-write, --deny-read and --deny-write.
// A path that is allowed becomes a mount, which the guest finds at a path of its own; what is
// allowed or denied below a mount is a rule of that mount. A denial wins, however general it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "os/descriptor.h"
#include "supervisor/permission/decision.h"

namespace v8py {

class FileRules {
 public:
  enum class Right { kRead, kWrite };  // who may write may read

  struct Mount {
    std::string host;   // absolute, without links
    std::string guest;  // absolute
    bool folder = true;
    Descriptor found;  // O_PATH
  };

  // `value`: a path that exists, and, after a colon, where the guest finds it: "data:/in". Without
  // one a relative path is below the guest's working folder, an absolute one at the same place.
  // kCaller for what cannot be.
  Status Allow(Right right, std::string_view value);
  // `value`: a path, which need not exist.
  Status Deny(Right right, std::string_view value);
  // The same by a flag of another name, as its text says.
  Status Deny(Right right, std::string_view value, const std::string& text);
  // Makes the mounts, after the last rule. `own`: folders that nobody may write to by a mount, each
  // absolute.
  Status Arrange(const std::vector<std::string>& own);

  const std::vector<Mount>& mounts() const { return mounts_; }
  // `path`: below the mount, without "..", "." or "//"; "": the mount itself.
  Decision Check(Right right, size_t mount, std::string_view path) const;
  // The same for all that is below, too: to move a folder is to move what is denied in it.
  Decision CheckTree(Right right, size_t mount, std::string_view path) const;

 private:
  struct Rule {
    bool allow;
    Right right;
    std::string host, guest;
    std::string text;
  };
  struct MountRule {
    size_t mount;
    std::string path;  // below the mount
    size_t rule;
  };

  Status AddMount(size_t rule, const std::vector<std::string>& own);
  const Rule* FindDenial(Right right, size_t mount, std::string_view path, bool below) const;
  Decision Refuse(Right right, size_t mount, std::string_view path, const Rule* denial) const;

  std::vector<Rule> rules_;
  std::vector<Mount> mounts_;
  std::vector<MountRule> mount_rules_;
};

}  // namespace v8py
