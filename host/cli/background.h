// Starting this program once more, in the background: in a session of its own, with no descriptor
// of ours, and with what it says on standard error in a log.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace v8py {

// $XDG_STATE_HOME/v8py/NAME.log, or the same in ~/.local/state; /dev/null for a user without a
// home.
std::string LogPath(const std::string& name);

// Starts `v8py WORDS…` and waits for the line that it prints on standard output once it is ready,
// which is returned. kWorld with the last line of its log when it ends before that.
Result<std::string> StartInBackground(const std::vector<std::string>& words,
                                      const std::string& log);

}  // namespace v8py
