// The messages between supervisor and worker, one struct each, and their CBOR form.
// Both sides use this file. Decoding is strict: a missing, extra-typed or out-of-range field is an
// error, because what comes from a worker may be hostile. Long, because it is the whole protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/status.h"

namespace v8py {

// ---- supervisor to worker -------------------------------------------------------------------

struct StreamInfo {
  bool terminal = false;  // isatty()
};

// A file or folder of the host that the program sees. It is named by its place in the list, in
// calls; where it is on the host is not the worker's business.
struct MountInfo {
  std::string path;  // in the guest, absolute
  bool folder = true;
};

// Run one program. Sent after Ready, and, when the interpreter is kept, again after each Result.
struct RunMessage {
  enum class Kind { kCode, kFile, kModule };
  Kind kind = Kind::kCode;
  std::string name;    // kFile: the path as typed; kModule: the module's name; kCode: "<string>"
  std::string source;  // kCode, kFile: the program's bytes, any encoding Python accepts
  std::vector<std::string> argv;  // sys.argv, its first element included
  std::vector<std::pair<std::string, std::string>> environment;
  StreamInfo streams[3];  // standard input, output, error
  int columns = 80;       // of the terminal
  int rows = 24;
  bool color = false;          // tracebacks in colour
  bool print_error = true;     // on standard error, the exception that has ended the program
  std::string variables;       // names the program finds, a JSON object; "": none
  bool want_value = false;     // report the value of the last expression
  bool want_plain = false;     // and as JSON whatever its type
  bool explain = false;        // time the imports
  bool keep = false;           // the interpreter, with what the program left, is for the next one
  uint64_t memory_limit = 0;   // bytes of memory that Python may use; 0: none
  uint64_t wall_limit_ms = 0;  // told to the guest for its messages only; the supervisor keeps time
  uint64_t cpu_limit_ms = 0;
  uint64_t files_limit = 0;  // bytes that files in the guest's memory may hold together; 0: none
  std::vector<MountInfo> mounts;
  std::string files_out;              // where files that it makes are to be copied to; "": nowhere
  unsigned packs = 0;                 // of packages: their descriptors come beside the bytes
  std::vector<int> pack_descriptors;  // those, in the worker; not sent in here
};

// Bytes for standard input; `end` after the last.
struct InputMessage {
  std::string data;
  bool end = false;
};

// Stop the program: first by an exception that Python sees, shortly after without asking.
struct InterruptMessage {
  enum class Reason { kCancel, kWall, kCpu };
  Reason reason = Reason::kCancel;
};

inline constexpr size_t kMaxDescriptorsToWorker = 200;  // beside one message; the kernel's is 253

// What came of a call. Descriptors come beside the bytes.
struct ReplyMessage {
  uint64_t id = 0;
  std::string error;  // the name of an errno value, "EACCES"; "": it was done
  std::string text;   // what a person would want to know of the error
  Json result;        // as the call defines it
  std::string data;
  unsigned descriptors = 0;
};

// Become a zygote, and fork a guest: a worker that is ready as this one is. Once sent, only more of
// these and ReapMessages may follow.
struct ForkMessage {};

// A guest has ended, as its pidfd says: reap it and tell how.
struct ReapMessage {
  int pid = 0;
};

using ToWorker = std::variant<RunMessage, InputMessage, InterruptMessage, ReplyMessage, ForkMessage,
                              ReapMessage>;

// ---- worker to supervisor -------------------------------------------------------------------

// A named, timed step of start-up or run.
struct Step {
  std::string name;
  double milliseconds = 0;
  uint64_t resident_bytes = 0;  // of the worker, after the step
};

struct ReadyMessage {
  std::string v8, pyodide, python;
  std::vector<Step> steps;
  int landlock_abi = 0;  // 0: this kernel has none
};

struct OutputMessage {
  int stream = 1;  // 1: standard output, 2: standard error
  std::string data;
};

// The program waits for standard input and there is none here.
struct WantInputMessage {};

// The program wants something from outside. Each is answered by a ReplyMessage, in any order.
struct CallMessage {
  uint64_t id = 0;   // of no other call that is under way
  std::string name;  // "file.open": supervisor/broker.h says where they are
  Json arguments;    // an object
  std::string data;
};

struct ErrorInfo {
  std::string type, message, traceback;  // traceback: the whole text that Python prints
  std::string file;
  int line = 0;
};

// A file that the program has made or changed.
struct ChangedFile {
  std::string path;  // in the guest
  uint64_t size = 0;
};

struct ValueInfo {
  std::string repr;
  std::optional<Json> json;          // when the value is JSON-able
  Json mime = Json::object();        // MIME type → string (text, or base64 of bytes)
  std::optional<std::string> plain;  // as JSON text whatever its type, when that was asked for
};

struct Usage {
  uint64_t wasm_bytes = 0;      // size of Python's memory at the end, which never shrinks
  uint64_t heap_bytes = 0;      // V8's heap, peak
  uint64_t resident_bytes = 0;  // peak (VmHWM)
  double cpu_ms = 0;            // of the run
};

struct ResultMessage {
  enum class Outcome {
    kOk,          // ran to its end, or sys.exit()
    kError,       // an uncaught exception
    kMemory,      // the memory limit was hit and the program ended by it
    kTerminated,  // execution was terminated after an Interrupt
    kCrashed,     // a WebAssembly trap or an exhausted stack: `reason` says which
  };
  Outcome outcome = Outcome::kOk;
  std::string reason;  // "wasm_trap", "stack", "heap", "wasm_memory", "abort" or ""
  int exit_code = 0;
  // Whether the worker waits for another program. It ends otherwise, with the interpreter.
  bool kept = false;
  std::optional<ErrorInfo> error;
  bool denied = false;  // kError: by an exception that says that a permission is missing
  std::optional<ValueInfo> value;
  // Where the program was when it was stopped: "File \"x.py\", line 3, in f", innermost last.
  std::vector<std::string> where;
  uint64_t memory_requested = 0;  // kMemory: bytes of the request that was refused
  Usage usage;
  std::vector<Step> steps;
  std::vector<ChangedFile> files;
  std::vector<std::pair<std::string, double>> imports;  // slow imports: module, milliseconds
};

// A worker that was asked to become a process image says how far it is …
struct ProgressMessage {
  std::string step;
};
// … and that the image is written. Its last word.
struct SavedMessage {};

// From a zygote: a guest was forked. Its socket and its pidfd come beside these bytes, in this
// order. 0: the kernel refused, and none does.
struct GuestMessage {
  int pid = 0;
};

// From a zygote: how a guest ended.
struct GuestEndMessage {
  int pid = 0;
  int code = 0;
  int signal = 0;
};

// The worker cannot go on, and it is not the guest's doing: a corrupted file, say.
struct FaultMessage {
  std::string message;
};

using FromWorker =
    std::variant<ReadyMessage, OutputMessage, WantInputMessage, CallMessage, ResultMessage,
                 ProgressMessage, SavedMessage, GuestMessage, GuestEndMessage, FaultMessage>;

// A whole frame, length included.
std::string EncodeMessage(const ToWorker& message);
std::string EncodeMessage(const FromWorker& message);
// The payload of a frame. Errors are kWorld and name the field.
Result<ToWorker> DecodeToWorker(std::string_view payload);
Result<FromWorker> DecodeFromWorker(std::string_view payload);

}  // namespace v8py
