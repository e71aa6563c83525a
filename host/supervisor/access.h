// What a program may do outside of its interpreter, complete and checked. Not changed once a
// program has it; several may share it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "supervisor/audit.h"
#include "supervisor/packages/package_wish.h"
#include "supervisor/permission/asker.h"
#include "supervisor/permission/file_rules.h"
#include "supervisor/permission/name_rules.h"
#include "supervisor/permission/net_rules.h"

namespace v8py {

class Index;
class PackageInstaller;

struct Access {
  FileRules files;
  NetRules network;
  NameRules host_calls{"host-call"};
  // Values of this process's environment that the program gets.
  std::vector<std::pair<std::string, std::string>> environment;
  std::string files_out;  // a mount where files that it makes are copied to; "": none
  // Packages that it finds installed.
  std::vector<Descriptor> packs;
  std::vector<std::pair<std::string, std::string>> packages;  // their names and versions
  // Of the program that finds out what packages another needs; null for all others.
  std::shared_ptr<const Index> index;
  // For packages that it asks for while it runs; null: none.
  std::shared_ptr<const PackageInstaller> installer;
  std::shared_ptr<Audit> audit;  // shared with other programs; may be null
  std::shared_ptr<Asker> asker;  // decides what the rules do not; may be null

  Decision Settle(Decision decision) const {
    return asker ? asker->Settle(std::move(decision)) : decision;
  }
  // Descriptors of `packs` to give away.
  std::vector<int> CopyPacks() const;
};

// What somebody has asked for: the words of --allow-… and --deny-….
struct AccessWish {
  enum class Right { kRead, kWrite, kNet, kEnv, kPackages, kHostCall };
  struct Rule {
    Right right;
    bool allow;
    std::string value;  // one of the list
  };
  std::vector<Rule> rules;
  std::string audit;      // a file; "": none
  std::string files_out;  // a folder; "": none
  PackageWish packages;
  bool ask = false;  // for what the rules do not decide

  // Adds a rule for each of `values`, which commas separate; a comma of a value is doubled.
  // `name`: "read", "write", "net", "env", "packages", "host-call". kCaller for one that there is
  // not.
  Status Add(bool allow, std::string_view name, std::string_view values);
  bool empty() const {
    return rules.empty() && audit.empty() && files_out.empty() && packages.empty() && !ask;
  }
};

// What somebody else has made for it.
struct Provided {
  std::vector<Descriptor> packs = {};  // of AccessWish::packages
  std::vector<std::pair<std::string, std::string>> packages = {};
  std::shared_ptr<const Index> index = nullptr;
  // Makes Access::installer, if there are rules for packages, or somebody to ask.
  std::function<std::shared_ptr<const PackageInstaller>(NameRules, const Access&)> make_installer =
      nullptr;
};

// `own`: folders of ours, which no program may be allowed to write to. kCaller for what cannot be
// allowed, naming the flag.
Result<std::shared_ptr<const Access>> MakeAccess(const AccessWish& wish,
                                                 const std::vector<std::string>& own,
                                                 Provided provided = {});

}  // namespace v8py
