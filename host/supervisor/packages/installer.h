// Packages that a program asks for while it runs: checked by the rules of --allow-packages, then
// loaded as those of --with are.
//
// Call: package.install [[requirement, …], {name: version} of what is there]
//         → [[name, version], …]; a descriptor of a pack for each
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/answer.h"
#include "supervisor/audit.h"
#include "supervisor/packages/loader.h"
#include "supervisor/permission/asker.h"
#include "supervisor/permission/name_rules.h"

namespace v8py {

class Jobs;

class PackageInstaller {
 public:
  PackageInstaller(Jobs& jobs, PackageLoader loader, NameRules rules, IndexSettings sources,
                   std::shared_ptr<Audit> audit, std::shared_ptr<const Asker> asker)
      : jobs_(jobs),
        loader_(std::move(loader)),
        rules_(std::move(rules)),
        sources_(std::move(sources)),
        audit_(std::move(audit)),
        asker_(std::move(asker)) {}

  // Answers later, on a thread of its own. `run`: for the audit log. While the runtime is there.
  static void Start(std::shared_ptr<const PackageInstaller> self, uint64_t run, Json arguments,
                    std::function<void(Answer)> answer);

 private:
  Answer Install(uint64_t run, const Json& arguments) const;
  Decision Check(uint64_t run, const std::string& name) const;

  Jobs& jobs_;
  mutable PackageLoader loader_;
  const NameRules rules_;
  const IndexSettings sources_;
  const std::shared_ptr<Audit> audit_;        // shared with the programs; may be null
  const std::shared_ptr<const Asker> asker_;  // the same
};

}  // namespace v8py
