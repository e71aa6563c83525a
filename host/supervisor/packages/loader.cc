#include "supervisor/packages/loader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "base/thread.h"
#include "supervisor/packages/sha256.h"

namespace v8py {

namespace {

namespace fs = std::filesystem;

constexpr double kPlanIsFresh = 600;  // seconds, as pages of indexes
constexpr size_t kAtOnce = 4;         // downloads
constexpr size_t kMaxPackages = 190;  // their descriptors go beside one message

bool IsPath(const std::string& requirement) {
  return requirement.ends_with(".whl") && requirement.find("://") == std::string::npos;
}

// What may have changed of files that a plan depends on.
std::string StateOf(const std::string& path) {
  struct stat is;
  if (stat(path.c_str(), &is) != 0) return "";
  return std::to_string(is.st_size) + "." + std::to_string(is.st_mtim.tv_sec) + "." +
         std::to_string(is.st_mtim.tv_nsec);
}

Json FilesOf(const std::string& folder) {
  Json names = Json::array();
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

// A wheel that is replaced in its place does not change its folder.
Json StateOfWheels(const std::string& folder) {
  Json state = Json::object();
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".whl") state[entry.path().filename()] = StateOf(entry.path());
  }
  return state;
}

std::string LockFileOf(const IndexSettings& settings, const Install& install) {
  return (settings.distribution.empty() ? install.assets() : settings.distribution) +
         "/pyodide-lock.json";
}

}  // namespace

Result<std::vector<Descriptor>> PackageLoader::ToolPacks() {
  std::vector<Descriptor> packs;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(install_.wheels(), error)) {
    std::string name = entry.path().filename();
    if (!name.starts_with("packaging-") && !name.starts_with("resolvelib-")) continue;
    Result<WheelFile> wheel = TakeFile(entry.path());
    if (!wheel) return Fail(wheel.error());
    Result<Descriptor> pack = OpenOrMakePack(cache_, *wheel, run_, [](const std::string&) {});
    if (!pack) return Fail(pack.error());
    packs.push_back(std::move(*pack));
  }
  if (packs.size() == 2) return packs;
  return Fail(
      WorldError("the installation is not complete: wheels are missing in " + install_.wheels()));
}

Result<PackageLoader::Loaded> PackageLoader::Load(const PackageWish& wish) {
  if (wish.lock) return LoadLocked(wish);
  // A server that did not answer is not asked again and again.
  constexpr const char* kSilent = "the distribution's server does not answer";
  constexpr double kSilence = 600;
  double age = 0;
  bool silent = wish.sources.distribution.empty() && !wish.sources.offline &&
                cache_.ReadText("silence", kSilent, &age) && age < kSilence;
  Status trouble;
  if (!silent) {
    Result<Plan> plan = Resolve(wish);
    if (!plan) return Fail(plan.error());
    Result<Loaded> loaded = Fetch(*plan, wish);
    if (loaded) return loaded;
    bool remote =
        std::any_of(plan->packages.begin(), plan->packages.end(), [&](const auto& package) {
          return package.from == PlannedPackage::From::kDistribution &&
                 wish.sources.distribution.empty();
        });
    if (!remote || wish.sources.offline || loaded.error().code() != Code::kWorld) {
      return loaded;
    }
    trouble = loaded.error();
    progress_(trouble.message() + "; trying the index of Python packages instead");
  }
  Result<Plan> plan = Resolve(wish, Distribution::kAvoid);
  if (!plan) {
    std::string why = silent ? kSilent : trouble.message();
    return Fail(CallerError(plan.error().message() +
                            "\n(the distribution of Pyodide has more, but: " + why +
                            "; a folder that holds one can be given with --packages-from)"));
  }
  Result<Loaded> loaded = Fetch(std::move(*plan), wish);
  if (loaded) std::ignore = cache_.WriteText("silence", kSilent, "");
  return loaded;
}

Result<PackageLoader::Loaded> PackageLoader::LoadLocked(const PackageWish& wish) {
  std::vector<std::string> wanted = wish.requirements, locked = wish.lock->requirements;
  std::sort(wanted.begin(), wanted.end());
  std::sort(locked.begin(), locked.end());
  if (wanted != locked) {
    auto list = [](const std::vector<std::string>& texts) {
      std::string all;
      for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
      return all.empty() ? "nothing" : all;
    };
    return Fail(CallerError("the lock is for " + list(locked) + ", and the program wants " +
                            list(wanted) + "; make it anew with 'v8py lock'"));
  }
  for (const PlannedPackage& package : wish.lock->packages) {
    if (package.sha256.size() == 64) continue;
    return Fail(CallerError("the lock has no SHA-256 of " + package.file_name));
  }
  Result<Loaded> loaded = Fetch(*wish.lock, wish);
  if (!loaded) return loaded;
  for (size_t i = 0; i < loaded->hashes.size(); ++i) {
    const PlannedPackage& package = loaded->plan.packages[i];
    if (loaded->hashes[i] == package.sha256) continue;
    return Fail(WorldError(package.place + " has the SHA-256\n  " + loaded->hashes[i] +
                           ", not\n  " + package.sha256 + "\nas the lock says"));
  }
  return loaded;
}

Result<PackageLoader::Question> PackageLoader::QuestionOf(const PackageWish& wish,
                                                          Distribution distribution) const {
  auto settings = CompleteSettings(wish.sources, install_.wheels() + "/sources.json");
  if (!settings) return Fail(settings.error());
  Json question = {
      {"requirements", Json::array()},
      {"wheels", Json::array()},
      {"links", settings->find_links},
      {"installed", wish.installed},
      {"lock", distribution == Distribution::kUse ? LockFileOf(*settings, install_) : ""}};
  // A distribution in a folder need not be whole.
  question["lock_files"] =
      settings->distribution.empty() ? Json() : FilesOf(settings->distribution);
  Json state = {settings->indexes, StateOf(LockFileOf(*settings, install_)), install_.build_id()};
  for (const std::string& folder : settings->find_links) state.push_back(StateOfWheels(folder));
  for (const std::string& requirement : wish.requirements) {
    if (!IsPath(requirement)) {
      question["requirements"].push_back(requirement);
      continue;
    }
    std::error_code error;
    fs::path path = fs::canonical(requirement, error);
    if (error) return Fail(CallerError(requirement + ": " + error.message()));
    question["wheels"].push_back(path);
    state.push_back(StateOf(path));
  }
  std::string key = DumpJson({question, state});
  return Question{std::move(question), std::move(*settings), std::move(key)};
}

Result<std::string> PackageLoader::KeyOf(const PackageWish& wish) const {
  Result<Question> question = QuestionOf(wish, Distribution::kUse);
  if (!question) return Fail(question.error());
  Result<Sha256> hash = Sha256::Begin();
  if (!hash) return Fail(hash.error());
  hash->Add(question->key);
  return hash->Finish();
}

Result<Plan> PackageLoader::Resolve(const PackageWish& wish, Distribution distribution) {
  Result<Question> question = QuestionOf(wish, distribution);
  if (!question) return Fail(question.error());
  double age = 0;
  if (auto kept = cache_.ReadText("plans", question->key, &age)) {
    Result<Json> json = ParseJson(*kept);
    bool fresh = age < kPlanIsFresh || question->settings.offline;
    if (json && fresh) return Plan::FromJson(*json);
  }
  Result<Plan> plan = Ask(question->words, wish, question->settings);
  if (plan) std::ignore = cache_.WriteText("plans", question->key, DumpJson(plan->ToJson()));
  return plan;
}

Result<Plan> PackageLoader::Ask(const Json& question, const PackageWish& wish,
                                const IndexSettings& settings) {
  std::string names;
  for (const std::string& requirement : wish.requirements) {
    names += (names.empty() ? "" : ", ") + requirement;
  }
  progress_("resolving " + names);
  std::map<std::string, std::string> places;
  Result<Json> said = RunResolver(question, settings, places);
  if (!said) return Fail(said.error());
  Result<Plan> plan = Plan::FromJson(*said);
  if (!plan) return plan;
  for (PlannedPackage& package : plan->packages) {
    if (package.from != PlannedPackage::From::kFile) continue;
    fs::path guest = package.place;
    auto place = places.find(guest.parent_path());
    if (place == places.end()) return Fail(InternalError("a plan names a file that was not shown"));
    package.place = place->second + "/" + std::string(guest.filename());
  }
  return plan;
}

Result<Json> PackageLoader::About(const std::string& name, const IndexSettings& sources) {
  auto settings = CompleteSettings(sources, install_.wheels() + "/sources.json");
  if (!settings) return Fail(settings.error());
  Json question = {{"about", name},
                   {"requirements", Json::array()},
                   {"wheels", Json::array()},
                   {"links", settings->find_links},
                   {"installed", Json::object()},
                   {"lock", LockFileOf(*settings, install_)}};
  question["lock_files"] =
      settings->distribution.empty() ? Json() : FilesOf(settings->distribution);
  progress_("looking for " + name);
  std::map<std::string, std::string> places;
  return RunResolver(question, *settings, places);
}

Result<Json> PackageLoader::RunResolver(const Json& question, const IndexSettings& settings,
                                        std::map<std::string, std::string>& places) {
  // What is on this machine is shown to the resolver at places of its own.
  AccessWish access_wish;
  auto show = [&](const std::string& host, const std::string& guest) {
    access_wish.rules.push_back({AccessWish::Right::kRead, true, host + ":" + guest});
    return guest;
  };
  Json inside = question;
  std::string lock = question["lock"];
  bool readable = !lock.empty() && ::access(lock.c_str(), R_OK) == 0;
  if (!lock.empty() && !readable && !settings.distribution.empty()) {
    return Fail(CallerError(settings.distribution +
                            " has no pyodide-lock.json: it is no distribution of Pyodide"));
  }
  inside["lock"] = readable ? Json(show(lock, "/in/lock.json")) : Json();
  size_t number = 0;
  for (Json& folder : inside["links"]) {
    std::string host = folder;
    if (::access((host + "/").c_str(), R_OK) != 0)
      return Fail(CallerError("--find-links " + host + ": " + strerror(errno)));
    std::string guest = "/in/links/" + std::to_string(number++);
    folder = show(host, guest);
    places[guest] = host;
  }
  for (Json& wheel : inside["wheels"]) {
    std::string host = wheel;
    std::string guest = "/in/wheels/" + std::to_string(number++);
    std::string file = fs::path(host).filename();
    wheel = show(host, guest + "/" + file);
    places[guest] = fs::path(host).parent_path();
  }
  auto packs = ToolPacks();
  if (!packs) return Fail(packs.error());
  auto index = std::make_shared<Index>(settings, cache_, progress_, cancelled_);
  auto access =
      MakeAccess(access_wish, {}, {.packs = std::move(*packs), .index = std::move(index)});
  if (!access) return Fail(access.error());
  Result<Json> said = RunInnerProgram(run_, "_v8py_resolve", {DumpJson(inside)}, *access);
  if (!said) return Fail(said.error().While("resolving packages"));
  if (said->is_object() && said->contains("error") && (*said)["error"].is_string()) {
    auto why = (*said)["error"].get<std::string>();
    bool outside = said->value("outside", Json()) == Json(true);
    return Fail(outside ? WorldError(why) : CallerError(why));
  }
  return said;
}

Result<WheelFile> PackageLoader::TakeFile(const std::string& path) {
  using Kind = PackageCache::Kind;
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat is;
  if (!file.ok() || fstat(file.get(), &is) != 0)
    return Fail(CallerError(path + ": " + strerror(errno)));
  if (!S_ISREG(is.st_mode)) return Fail(CallerError(path + " is no file"));
  Result<std::string> hash = Sha256OfFile(file.get());
  if (!hash) return Fail(hash.error().While(path));
  WheelFile wheel{*hash, fs::path(path).filename(), false};
  if (cache_.Open(Kind::kWheel, *hash).ok()) return wheel;
  Result<PackageCache::Draft> draft = cache_.NewDraft();
  if (!draft) return Fail(draft.error());
  std::string copy = draft->Path("wheel");
  std::error_code error;
  fs::copy_file(path, copy, error);
  if (error) return Fail(WorldError("copying " + path + ": " + error.message()));
  // The copy is what is used: it may not be what was read first.
  Descriptor copied(open(copy.c_str(), O_RDONLY | O_CLOEXEC));
  Result<std::string> again = Sha256OfFile(copied.get());
  if (!again) return Fail(again.error());
  wheel.sha256 = *again;
  Status status = cache_.Keep(copy, Kind::kWheel, *again);
  if (!status.ok()) return Fail(status);
  return wheel;
}

Result<WheelFile> PackageLoader::FetchWheel(const PlannedPackage& package,
                                            const IndexSettings& settings, const Index& index) {
  using From = PlannedPackage::From;
  using Kind = PackageCache::Kind;
  WheelFile wheel{package.sha256, package.file_name, package.libraries};
  if (package.from == From::kFile) return TakeFile(package.place);
  if (!package.sha256.empty() && cache_.Open(Kind::kWheel, package.sha256).ok()) return wheel;
  std::string url = package.place;
  if (package.from == From::kDistribution && !settings.distribution.empty()) {
    Result<WheelFile> taken = TakeFile(settings.distribution + "/" + package.place);
    if (!taken) return taken;
    if (taken->sha256 != package.sha256) {
      return Fail(WorldError(package.file_name + " has the SHA-256\n  " + taken->sha256 +
                             ", not\n  " + package.sha256 +
                             "\nas the distribution's lock file says"));
    }
    return wheel;
  }
  if (package.from == From::kDistribution) url = settings.distribution_url + package.place;
  Result<std::string> fetched = index.FetchWheel(url, package.sha256, package.file_name);
  if (!fetched) return Fail(fetched.error());
  wheel.sha256 = *fetched;
  return wheel;
}

Result<PackageLoader::Loaded> PackageLoader::Fetch(Plan plan, const PackageWish& wish) {
  if (plan.packages.size() > kMaxPackages) {
    return Fail(CallerError("these are " + std::to_string(plan.packages.size()) +
                            " packages; at most " + std::to_string(kMaxPackages) +
                            " can be mounted at once"));
  }
  auto settings = CompleteSettings(wish.sources, install_.wheels() + "/sources.json");
  if (!settings) return Fail(settings.error());
  std::mutex mutex;
  auto progress = [&](const std::string& step) {
    std::lock_guard lock(mutex);
    progress_(step);
  };
  Index index(*settings, cache_, progress, cancelled_);
  std::vector<Descriptor> packs(plan.packages.size());
  std::vector<std::string> hashes(plan.packages.size());
  Status trouble;
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (;;) {
      size_t i = next++;
      {
        std::lock_guard lock(mutex);
        if (i >= packs.size() || !trouble.ok()) return;
      }
      Result<WheelFile> wheel = FetchWheel(plan.packages[i], *settings, index);
      Result<Descriptor> pack =
          wheel ? OpenOrMakePack(cache_, *wheel, run_, progress) : Fail(wheel.error());
      std::lock_guard lock(mutex);
      if (!pack && trouble.ok()) trouble = pack.error();
      if (!pack) continue;
      packs[i] = std::move(*pack);
      hashes[i] = wheel->sha256;
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(kAtOnce, packs.size()); ++i) {
    Result<std::thread> thread = StartThread(work);
    if (thread) threads.push_back(std::move(*thread));
  }
  work();
  for (std::thread& thread : threads) thread.join();
  if (!trouble.ok()) return Fail(trouble);
  return Loaded{std::move(plan), std::move(packs), std::move(hashes)};
}

}  // namespace v8py
