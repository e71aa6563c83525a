#include "supervisor/packages/index.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/units.h"
#include "supervisor/packages/sha256.h"

namespace v8py {

namespace {

constexpr double kPageIsFresh = 600;  // seconds, as PyPI itself says of its pages
constexpr uint64_t kMaxPage = uint64_t{64} << 20;
constexpr uint64_t kMaxMetadata = uint64_t{4} << 20;
constexpr uint64_t kWorthTelling = uint64_t{1} << 20;
// PEP 691's, or PEP 503's.
constexpr const char* kAccept =
    "Accept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1";

bool IsSha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// PEP 503's normal form.
bool IsProject(const std::string& name) {
  return !name.empty() && name.size() <= 200 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

Answer Refusal(const Status& status) { return Refuse("EIO", status.message()); }

}  // namespace

void Index::Tell(const std::string& step) const {
  std::lock_guard lock(mutex_);
  if (progress_) progress_(step);
}

Answer Index::Handle(std::string_view name, const Json& arguments) const {
  std::vector<std::string> texts;
  for (const Json& argument : arguments.is_array() ? arguments : Json::array()) {
    if (!argument.is_string()) return RefuseErrno(EINVAL);
    texts.push_back(argument.get<std::string>());
  }
  if (name == "index.page" && texts.size() == 1 && IsProject(texts[0])) return Page(texts[0]);
  bool hashed = texts.size() >= 2 && (texts[1].empty() || IsSha256(texts[1]));
  if (name == "index.metadata" && texts.size() == 2 && hashed) return Metadata(texts[0], texts[1]);
  if (name == "index.wheel" && texts.size() == 3 && hashed)
    return Wheel(texts[0], texts[1], texts[2]);
  return RefuseErrno(EINVAL);
}

Answer Index::Page(const std::string& project) const {
  for (const std::string& index : settings_.indexes) {
    std::string url = index + "/" + project + "/";
    double age = 0;
    // The first line says what the rest is.
    auto kept = cache_.ReadText("pages", url, &age);
    bool absent = kept && kept->starts_with("404\n");
    // Without a network it is all that is known. Otherwise an index is asked again for what it had
    // not: the answer may have come of a fault, and would send the next index's files.
    bool usable = kept && (settings_.offline || (age < kPageIsFresh && !absent));
    // What the first index has is not known then: another shall not answer for it.
    if (!usable && settings_.offline) {
      return Refuse("ENETUNREACH", "the page of '" + project + "' is not in the cache");
    }
    if (!usable) {
      std::string body;
      Result<Downloaded> got = Get(url, {kAccept}, kMaxPage, body);
      if (got && got->status == 404) {
        kept = "404\n";
      } else if (got && got->status == 200) {
        kept = got->headers["content-type"] + "\n" + WithoutPassword(got->url) + "\n" + body;
      } else if (!kept || absent) {
        Status trouble = got ? WorldError(WithoutPassword(url) + ": the server answers " +
                                          std::to_string(got->status))
                             : got.error();
        // Another index shall not answer for one that is silent.
        return Refusal(trouble);
      }
      // An index that is away for a while does not matter when its page was here.
      if (got) std::ignore = cache_.WriteText("pages", url, *kept);
    }
    if (kept->starts_with("404\n")) continue;
    size_t type_end = kept->find('\n'), url_end = kept->find('\n', type_end + 1);
    if (url_end == std::string::npos) continue;
    Answer answer =
        Done({kept->substr(type_end + 1, url_end - type_end - 1), kept->substr(0, type_end)});
    answer.data = kept->substr(url_end + 1);
    return answer;
  }
  return Refuse("ENOENT", "no index has it");
}

DownloadRequest Index::Request(const std::string& url) const {
  DownloadRequest request;
  request.url = settings_.WithPassword(url);
  request.trusted_hosts = settings_.Hosts();
  request.cancelled = &cancelled_;
  return request;
}

Result<Downloaded> Index::Get(const std::string& url, std::vector<std::string> headers,
                              uint64_t max_bytes, std::string& body) const {
  DownloadRequest request = Request(url);
  request.headers = std::move(headers);
  request.max_bytes = max_bytes;
  request.on_bytes = [&](std::string_view bytes) {
    body += bytes;
    return Ok();
  };
  request.on_restart = [&] {
    body.clear();
    return Ok();
  };
  return Download(request);
}

Answer Index::Metadata(const std::string& url, const std::string& sha256) const {
  std::string key = url + "#" + sha256;
  auto kept = cache_.ReadText("metadata", key);
  if (!kept) {
    if (settings_.offline) {
      return Refuse("EIO", "offline: " + WithoutPassword(url) + " is not in the cache");
    }
    kept.emplace();
    Result<Downloaded> got = Get(url, {}, kMaxMetadata, *kept);
    if (!got) return Refusal(got.error());
    if (got->status != 200) {
      return Refuse("EIO",
                    WithoutPassword(url) + ": the server answers " + std::to_string(got->status));
    }
  }
  Result<Sha256> hash = Sha256::Begin();
  if (!hash) return Refusal(hash.error());
  hash->Add(*kept);
  std::string found = hash->Finish();
  if (!sha256.empty() && found != sha256) {
    return Refuse("EIO", WithoutPassword(url) + " has the SHA-256 " + found + ", not " + sha256 +
                             " as the index says");
  }
  std::ignore = cache_.WriteText("metadata", key, *kept);
  Answer answer = Done();
  answer.data = std::move(*kept);
  return answer;
}

Answer Index::Wheel(const std::string& url, const std::string& sha256,
                    const std::string& file_name) const {
  Result<std::string> fetched = FetchWheel(url, sha256, file_name);
  if (!fetched) return Refusal(fetched.error());
  Descriptor file = cache_.Open(PackageCache::Kind::kWheel, *fetched);
  if (!file.ok()) return Refuse("EIO", "the wheel is not in the cache any more");
  struct stat is;
  if (fstat(file.get(), &is) != 0) return RefuseErrno(errno);
  Answer answer = Done({*fetched, is.st_size});
  answer.descriptors.push_back(std::move(file));
  return answer;
}

Result<std::string> Index::FetchWheel(const std::string& url, const std::string& sha256,
                                      const std::string& file_name) const {
  using Kind = PackageCache::Kind;
  if (!sha256.empty() && cache_.Open(Kind::kWheel, sha256).ok()) return sha256;
  if (settings_.offline) return Fail(WorldError("offline: " + file_name + " is not in the cache"));
  std::optional<Descriptor> lock;
  if (!sha256.empty()) {
    Result<Descriptor> locked = cache_.Lock(Kind::kWheel, sha256);
    if (!locked) return Fail(locked.error());
    lock = std::move(*locked);
    // Somebody else may have fetched it meanwhile.
    if (cache_.Open(Kind::kWheel, sha256).ok()) return sha256;
  }
  Result<PackageCache::Draft> draft = cache_.NewDraft();
  if (!draft) return Fail(draft.error());
  std::string path = draft->Path("wheel");
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  Result<Sha256> hash = Sha256::Begin();
  if (!file.ok()) return Fail(ErrnoError("write " + path, errno));
  if (!hash) return Fail(hash.error());
  Tell("downloading " + file_name);
  DownloadRequest request = Request(url);
  request.on_bytes = [&](std::string_view bytes) -> Status {
    hash->Add(bytes);
    while (!bytes.empty()) {
      ssize_t written = write(file.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return ErrnoError("write " + path, errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Ok();
  };
  request.on_restart = [&]() -> Status {
    if (ftruncate(file.get(), 0) != 0 || lseek(file.get(), 0, SEEK_SET) != 0) {
      return ErrnoError("write " + path, errno);
    }
    hash = Sha256::Begin();
    return hash ? Ok() : hash.error();
  };
  Result<Downloaded> got = Download(request);
  if (!got) return Fail(got.error());
  if (got->status != 200 && got->status != 206) {
    return Fail(
        WorldError(WithoutPassword(url) + ": the server answers " + std::to_string(got->status)));
  }
  std::string found = hash->Finish();
  if (!sha256.empty() && found != sha256) {
    return Fail(WorldError(file_name + " has the SHA-256\n  " + found + ", not\n  " + sha256 +
                           "\nas it should: it was not kept. Was it changed on its way, or is the "
                           "index wrong?"));
  }
  Status kept = cache_.Keep(path, Kind::kWheel, found);
  if (!kept.ok()) return Fail(kept);
  return found;
}

}  // namespace v8py
