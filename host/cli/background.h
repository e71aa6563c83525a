// Starting this program once more, in the background: in a session of its own, with no descriptor
// of ours but those that are given, and no signal blocked or ignored.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"

namespace v8py {

// $XDG_STATE_HOME/v8py/NAME.log, or the same in ~/.local/state; /dev/null for a user without a
// home.
std::string LogPath(const std::string& name);

// Starts `v8py WORDS…` as a child, which is the caller's to wait for. `input` -1: it has none.
Result<pid_t> Spawn(const std::vector<std::string>& words, int input, int output, int errors);
// What can be read until the end, or an error.
std::string ReadAll(int fd);
// The last line of a text, without its end.
std::string LastLine(std::string text);

// Starts `v8py WORDS…`, with what it says on standard error in a log, and waits for the line that
// it prints on standard output once it is ready, which is returned. kWorld with the last line of
// its log when it ends before that.
Result<std::string> StartInBackground(const std::vector<std::string>& words,
                                      const std::string& log);

}  // namespace v8py
