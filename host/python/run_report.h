// What crosses between C++ and the Python module _v8py.py: the description of a program, and the
// report of its end. Both are JSON text; the report is what the guest's process claims.
#pragma once

#include <string>
#include <string_view>

#include "base/message.h"
#include "bindings/report.h"

namespace v8py {

// A rehearsal runs as a program does, and leaves the interpreter as good as new.
enum class Purpose { kRehearsal, kRun };

// The signal by which the runner is asked to stop (_v8py.py has the same numbers).
int SignalFor(InterruptMessage::Reason reason);

// JSON text for _v8py.run(); name and source travel beside it: often nothing else is new.
std::string ProgramSpec(const RunMessage& program, Purpose purpose);

// JSON text: the mounts of a program, [path, is folder] each.
std::string MountsText(const RunMessage& program);

// Fills `result` from the text that _v8py.py gave to finish(). `refused_bytes`: as in Report.
// A text that makes no sense becomes the outcome kCrashed with the reason "abort".
void ReadRunReport(std::string_view text, uint64_t refused_bytes, ResultMessage& result);
// Python can run no more, or the program called os._exit().
void ReadCrash(const Report::Crash& crash, ResultMessage& result);
// Execution was terminated. `traceback`: faulthandler's text, innermost frame first; may be empty.
void ReadTermination(std::string_view traceback, bool heap_exhausted, ResultMessage& result);

}  // namespace v8py
