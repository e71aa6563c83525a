// Where packages come from: as the caller says, or else as pip is configured on this machine (its
// environment variables and pip.conf files), or else as Pyodide's own files have it.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace v8py {

struct IndexSettings {
  // Indexes of PEP 503 and 691, each the URL of its /simple; the first that has a project wins.
  std::vector<std::string> indexes;
  std::vector<std::string> find_links;  // folders of wheels
  // A distribution of Pyodide: a folder with pyodide-lock.json and its wheels; "": that of the
  // installation, whose wheels are at `distribution_url`.
  std::string distribution;
  std::string distribution_url;
  bool offline = false;  // no connection is opened

  // Hosts that the operator has named.
  std::vector<std::string> Hosts() const;
  // A URL with user and password as the URL of an index on the same server has them.
  std::string WithPassword(const std::string& url) const;
};

// Fills what the caller has left empty. `sources`: a file of the installation.
Result<IndexSettings> CompleteSettings(IndexSettings given, const std::string& sources);

}  // namespace v8py
