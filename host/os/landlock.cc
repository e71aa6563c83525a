#include "os/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace v8py {

namespace {

// The kernel's struct landlock_ruleset_attr, in the form of version 6; older kernels take a prefix.
// The headers of this machine may be older than its kernel, so the numbers are written out.
struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;  // since version 4
  uint64_t scoped;              // since version 6
};

constexpr unsigned kCreateRulesetVersion = 1;
constexpr uint64_t kNetBindConnectTcp = 3;
constexpr uint64_t kScopeAbstractSocketAndSignal = 3;

// How many file rights each version knows: 13 at first, then REFER, TRUNCATE, IOCTL_DEV.
uint64_t FileRights(int abi) {
  int count = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
  return (uint64_t{1} << count) - 1;
}

}  // namespace

int LandlockAbi() {
  long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, kCreateRulesetVersion);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

Result<int> DenyEverythingByLandlock() {
  int abi = LandlockAbi();
  if (abi == 0) return 0;
  RulesetAttributes attributes{};
  attributes.handled_access_fs = FileRights(abi);
  if (abi >= 4) attributes.handled_access_net = kNetBindConnectTcp;
  if (abi >= 6) attributes.scoped = kScopeAbstractSocketAndSignal;
  size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  long ruleset = syscall(SYS_landlock_create_ruleset, &attributes, size, 0U);
  if (ruleset < 0) return Fail(ErrnoError("landlock_create_ruleset", errno));
  long result = syscall(SYS_landlock_restrict_self, ruleset, 0U);
  int error = errno;
  close(static_cast<int>(ruleset));
  if (result != 0) return Fail(ErrnoError("landlock_restrict_self", error));
  return abi;
}

}  // namespace v8py
