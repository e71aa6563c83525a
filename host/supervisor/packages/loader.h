// Packages for a program: from requirements to packs that are open and can be mounted. What is not
// in the cache is fetched, verified and made first. Blocks; not on the loop's thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "supervisor/install.h"
#include "supervisor/packages/cache.h"
#include "supervisor/packages/index.h"
#include "supervisor/packages/inner_program.h"
#include "supervisor/packages/pack_maker.h"
#include "supervisor/packages/package_wish.h"
#include "supervisor/packages/plan.h"

namespace v8py {

class PackageLoader {
 public:
  // `progress` is told what is done; on any thread, but not on two at once. Downloads stop when
  // `cancelled` is set, which outlives this.
  PackageLoader(const Install& install, PackageCache cache, RunToEnd run,
                std::function<void(const std::string&)> progress,
                const std::atomic<bool>& cancelled)
      : install_(install),
        cache_(std::move(cache)),
        run_(std::move(run)),
        progress_(std::move(progress)),
        cancelled_(cancelled) {}

  struct Loaded {
    Plan plan;
    std::vector<Descriptor> packs;    // of each package of the plan
    std::vector<std::string> hashes;  // of their wheels, SHA-256
  };
  // Both of the following. When the distribution's server cannot be reached, what it has is taken
  // from the indexes, as far as they have it.
  Result<Loaded> Load(const PackageWish& wish);
  // A folder that is a distribution of Pyodide with just the wheels of these requirements; and the
  // packages that were asked for, by their names. For an image to be made of it.
  struct Folder {
    PackageCache::Draft draft;
    std::vector<std::string> requested;
    Plan plan;
  };
  Result<Folder> MakeDistribution(const PackageWish& wish);
  // The same at a place of the caller's, with copies of the wheels. kCaller when something is
  // there.
  Result<Plan> Bundle(const PackageWish& wish, const std::string& place);
  // What tells wishes apart, without asking anybody: a hash of what is wanted and from where, with
  // the state of the files there.
  Result<std::string> KeyOf(const PackageWish& wish) const;
  // Which wheels these requirements come to. kCaller when there is no such set, saying why.
  enum class Distribution { kUse, kAvoid };
  Result<Plan> Resolve(const PackageWish& wish, Distribution distribution = Distribution::kUse);
  // What there is of one project: {"name", "versions": [{"version","file","from"}…] (the newest
  // first, of each place), "requires": [text…] of the first, "others": [file…] that are not for
  // here, "problem": text or null}. kCaller when there is nothing of that name.
  Result<Json> About(const std::string& name, const IndexSettings& sources);
  // A pack for each package of the plan.
  Result<Loaded> Fetch(Plan plan, const PackageWish& wish);

 private:
  // What the resolver is asked, and what its answer is kept by.
  struct Question {
    Json words;
    IndexSettings settings;
    std::string key;
  };
  Result<Question> QuestionOf(const PackageWish& wish, Distribution distribution) const;
  Result<Loaded> LoadLocked(const PackageWish& wish);
  // The wheels that the resolver itself needs.
  Result<std::vector<Descriptor>> ToolPacks();
  Result<Plan> Ask(const Json& question, const PackageWish& wish, const IndexSettings& settings);
  // What the resolver says. `places`: is given the folders here of those that it was shown.
  Result<Json> RunResolver(const Json& question, const IndexSettings& settings,
                           std::map<std::string, std::string>& places);
  Result<WheelFile> FetchWheel(const PlannedPackage& package, const IndexSettings& settings,
                               const Index& index);
  // Puts a wheel of the machine's into the cache.
  Result<WheelFile> TakeFile(const std::string& path);

  const Install& install_;
  PackageCache cache_;
  RunToEnd run_;
  std::function<void(const std::string&)> progress_;
  const std::atomic<bool>& cancelled_;
};

}  // namespace v8py
