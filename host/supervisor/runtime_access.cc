// Part of runtime.h: what programs may do outside, packages among it, and the programs of our own
// that prepare these.
#include "supervisor/packages/installer.h"
#include "supervisor/runtime.h"

namespace v8py {

std::map<std::string, std::string> Runtime::InstalledPackages() {
  std::map<std::string, std::string> installed;
  if (!image_chosen_) return installed;
  if (const std::optional<Image>& image = FindImage()) {
    for (const Package& package : image->label().contents.packages) {
      installed[package.name] = package.version;
    }
  }
  return installed;
}

Result<PackageLoader> Runtime::MakeLoader(const std::function<void(const std::string&)>& progress) {
  Result<PackageCache> cache = PackageCache::Find();
  if (!cache) return Fail(cache.error());
  auto run = [this](Program program) { return RunToEnd(std::move(program)); };
  return PackageLoader(install_, *cache, run, progress, jobs_.ending());
}

Result<Json> Runtime::ListPackages(const IndexSettings& sources) {
  bool own = sources.distribution.empty();
  auto distribution =
      Distribution::Open(own ? install_.assets() : sources.distribution, install_.abi());
  if (!distribution) return Fail(distribution.error());
  Json list = Json::array();
  using Wheels = Distribution::Wheels;
  for (const Package& package : distribution->All(own ? Wheels::kElsewhere : Wheels::kHere)) {
    list.push_back({{"name", package.name},
                    {"version", package.version},
                    {"modules", distribution->ModulesOf({package.name})}});
  }
  return list;
}

Result<std::shared_ptr<const Access>> Runtime::MakeAccess(
    const AccessWish& wish, const std::function<void(const std::string&)>& progress) {
  std::vector<std::string> own = images_.folders();
  own.push_back(install_.home());
  // What is in it is mounted for other programs.
  if (Result<PackageCache> cache = PackageCache::Find()) own.push_back(cache->folder());
  std::vector<Descriptor> packs;
  std::vector<std::pair<std::string, std::string>> names;
  if (!wish.packages.empty()) {
    auto loader = MakeLoader(progress);
    if (!loader) return Fail(loader.error());
    PackageWish packages = wish.packages;
    packages.installed = InstalledPackages();
    auto loaded = loader->Load(packages);
    if (!loaded) return Fail(loaded.error());
    packs = std::move(loaded->packs);
    for (const PlannedPackage& package : loaded->plan.packages) {
      names.emplace_back(package.name, package.version);
    }
  }
  auto make_installer = [&](NameRules rules,
                            const Access& access) -> std::shared_ptr<const PackageInstaller> {
    auto loader = MakeLoader([](const std::string&) {});
    if (!loader) return nullptr;
    return std::make_shared<PackageInstaller>(jobs_, std::move(*loader), std::move(rules),
                                              wish.packages.sources, access.audit, access.asker);
  };
  return v8py::MakeAccess(
      wish, own,
      {.packs = std::move(packs), .packages = std::move(names), .make_installer = make_installer});
}

Result<std::shared_ptr<Run>> Runtime::StartBare(Program program) {
  Result<WorkerCommand> from_nothing = install_.Worker();
  if (!from_nothing) return Fail(from_nothing.error());
  std::vector<WorkerCommand> ways;
  Result<Image> base = images_.Open("base");
  if (base) ways.push_back(base->Command(install_, Image::Use::kWorker));
  ways.push_back(std::move(*from_nothing));
  auto run = std::make_shared<Run>(*loop_, nullptr, std::move(ways), std::move(program));
  if (Status kept = Keep(runs_, run); !kept.ok()) return Fail(kept);
  // The command names a descriptor of the image's.
  auto keep = std::make_shared<Result<Image>>(std::move(base));
  run->Start([ended = OnEnd(run), keep] { ended(); });
  return run;
}

Result<RunResult> Runtime::RunToEnd(Program program) {
  // Not from an image with packages, nor from a pool of one: they would be in the way of its own.
  Result<std::shared_ptr<Run>> run =
      image_chosen_ ? StartBare(std::move(program)) : Start(std::move(program));
  if (!run) return Fail(run.error());
  for (;;) {
    Event event = (*run)->events().Pop();
    if (event.kind == Event::Kind::kEnd) return std::move(event.result);
  }
}

}  // namespace v8py
