#include "supervisor/packages/index_settings.h"

#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "base/json.h"
#include "supervisor/network/download.h"
#include "supervisor/permission/net_rules.h"

namespace v8py {

namespace {

std::string Variable(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string Trim(const std::string& text) {
  size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

using Sections = std::map<std::string, std::map<std::string, std::string>>;

// Adds what a pip.conf says. Values may go on in lines that are indented.
void ReadPipConf(const std::string& path, Sections& sections) {
  std::ifstream in(path);
  std::string section, name;
  for (std::string line; std::getline(in, line);) {
    std::string text = Trim(line);
    if (text.empty() || text[0] == '#' || text[0] == ';') continue;
    size_t equals = text.find_first_of("=:");
    if (text.front() == '[' && text.back() == ']') {
      section = text.substr(1, text.size() - 2);
      name.clear();
    } else if ((line[0] == ' ' || line[0] == '\t') && !name.empty()) {
      sections[section][name] += " " + text;
    } else if (equals != std::string::npos) {
      name = Trim(text.substr(0, equals));
      for (char& c : name) c = c == '_' ? '-' : static_cast<char>(tolower(c));
      sections[section][name] = Trim(text.substr(equals + 1));
    }
  }
}

// As pip reads it.
bool IsYes(std::string text) {
  for (char& c : text) c = static_cast<char>(tolower(c));
  for (const char* yes : {"y", "yes", "t", "true", "on", "1"}) {
    if (text == yes) return true;
  }
  return false;
}

// As pip has it: files of the machine, of the user or instead of these the one that is named, and
// the environment. Of all files, [install] counts more than [global].
std::map<std::string, std::string> PipOptions() {
  Sections sections;
  std::string named = Variable("PIP_CONFIG_FILE"), home = Variable("HOME");
  std::string config = Variable("XDG_CONFIG_HOME");
  if (config.empty() && !home.empty()) config = home + "/.config";
  if (named != "/dev/null") {
    ReadPipConf("/etc/xdg/pip/pip.conf", sections);
    ReadPipConf("/etc/pip.conf", sections);
    bool own = named.empty() || access(named.c_str(), F_OK) != 0;
    if (own && !home.empty()) ReadPipConf(home + "/.pip/pip.conf", sections);
    if (own && !config.empty()) ReadPipConf(config + "/pip/pip.conf", sections);
    if (!own) ReadPipConf(named, sections);
  }
  std::map<std::string, std::string> options = sections["global"];
  for (const auto& [option, value] : sections["install"]) options[option] = value;
  for (const auto& [variable, option] :
       std::map<const char*, const char*>{{"PIP_INDEX_URL", "index-url"},
                                          {"PIP_EXTRA_INDEX_URL", "extra-index-url"},
                                          {"PIP_FIND_LINKS", "find-links"},
                                          {"PIP_NO_INDEX", "no-index"}}) {
    if (!Variable(variable).empty()) options[option] = Variable(variable);
  }
  return options;
}

}  // namespace

std::vector<std::string> IndexSettings::Hosts() const {
  std::vector<std::string> hosts;
  std::vector<std::string> urls = indexes;
  urls.push_back(distribution_url);
  for (const std::string& url : urls) {
    size_t begin = url.find("://");
    if (begin == std::string::npos) continue;
    std::string host = url.substr(begin + 3, url.find('/', begin + 3) - begin - 3);
    host = host.substr(host.rfind('@') + 1);
    if (!host.starts_with('[')) host = host.substr(0, host.rfind(':'));
    if (host.starts_with('[')) host = host.substr(1, host.find(']') - 1);
    hosts.push_back(CanonicalHost(host));
  }
  return hosts;
}

std::string IndexSettings::WithPassword(const std::string& url) const {
  for (const std::string& index : indexes) {
    std::string origin = index.substr(0, index.find('/', index.find("://") + 3));
    std::string plain = WithoutPassword(origin);
    if (plain != origin && url.starts_with(plain + "/")) return origin + url.substr(plain.size());
  }
  return url;
}

Result<IndexSettings> CompleteSettings(IndexSettings given, const std::string& sources) {
  std::ifstream in(sources);
  std::stringstream text;
  text << in.rdbuf();
  Result<Json> defaults = ParseJson(text.str());
  if (!defaults || !defaults->is_object()) {
    return Fail(WorldError(sources + " is missing or broken: the installation is not complete"));
  }
  given.distribution_url = defaults->value("distribution", "");
  std::map<std::string, std::string> pip = PipOptions();
  if (given.indexes.empty()) {
    if (!IsYes(pip["no-index"])) {
      std::string first = pip["index-url"];
      given.indexes.push_back(first.empty() ? defaults->value("index", "") : first);
      for (const std::string& url : Words(pip["extra-index-url"])) given.indexes.push_back(url);
    }
  }
  if (given.find_links.empty()) {
    for (const std::string& place : Words(pip["find-links"])) {
      // Pages of links are an index's business.
      if (place.starts_with("/")) given.find_links.push_back(place);
    }
  }
  for (std::string& url : given.indexes) {
    if (!url.starts_with("https://") && !url.starts_with("http://")) {
      return Fail(CallerError("'" + url + "' is no index; give the URL of its /simple"));
    }
    while (url.ends_with('/')) url.pop_back();
    if (url.find("://") == std::string::npos) return Fail(CallerError("an index has no host"));
  }
  return given;
}

}  // namespace v8py
