// One Python interpreter: Pyodide booted in a realm of its own. Runs one program and is then spent,
// or, where the programs say so, several that share their names and everything else.
// No V8 in this header: what running Python means does not depend on the engine's types.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/message.h"
#include "base/status.h"
#include "bindings/host.h"
#include "python/assets.h"
#include "python/boot_files.h"
#include "python/packages.h"

namespace v8py {

class Engine;

class Interpreter {
 public:
  struct Options {
    uint64_t max_heap_bytes = uint64_t{256} << 20;  // of V8's heap; Python's memory is outside it
    // What Prepare() unpacks and imports. Boot() takes the wheels out of it.
    Packages* packages = nullptr;
  };

  // Boots. `engine`, `assets`, `files` and `host` must outlive the interpreter. The steps of the
  // boot are appended to `steps`. kInternal when boot fails, whatever the reason.
  static Result<std::unique_ptr<Interpreter>> Boot(Engine& engine, const Assets& assets,
                                                   const BootFiles& files, Host& host,
                                                   const Options& options,
                                                   std::vector<Step>& steps);
  virtual ~Interpreter() = default;

  // Python's version, "3.14.2", and Pyodide's.
  const std::string& python_version() const { return python_version_; }
  const std::string& pyodide_version() const { return pyodide_version_; }

  // What makes an image of this interpreter (warm_up.h), before Run() only.
  // A step on the way: unpacks the packages; compiles the sources of the standard library and of
  // packages, so that imports find them compiled; imports the modules to preload; has Python keep
  // all that there is for ever, because counting references to it would cost each process that
  // continues a page.
  enum class Preparation { kUnpack, kCompile, kPreload, kFreeze };
  virtual Status Prepare(Preparation step) = 0;
  // Runs a program whose output is thrown away, and which leaves nothing but imported modules.
  virtual Status Rehearse(const BootFile& program) = 0;
  // Does what V8 has put off.
  virtual void Settle() = 0;
  virtual void CollectGarbage() = 0;
  // How often V8 has collected its young objects so far.
  virtual uint64_t young_collections() const = 0;
  // Makes this interpreter different, in its randomness, from every other one that continues from
  // the same memory. Call in the process that will call Run().
  virtual Status Renew() = 0;

  // Runs a program to its end. What the program does is in the result, never an error.
  virtual ResultMessage Run(const RunMessage& program) = 0;
  // After the Run() of a program that is not the last: forgets interrupts that came too late.
  // False: this interpreter can run no more. Not while Interrupt() or Terminate() may be called.
  virtual bool GetReadyAgain() = 0;

  // Asks the program to stop by raising an exception in it. Thread: any
  virtual void Interrupt(InterruptMessage::Reason reason) = 0;
  // Whether Python has raised that exception. Thread: any
  virtual bool interrupt_taken() const = 0;
  // Stops it without asking; Run() returns soon, unless native code is in the way. Thread: any
  virtual void Terminate() = 0;
  // The host has a reply for it. Thread: any
  virtual void Wake() = 0;
  // Whether Interrupt() was called: a blocked Host::Read() should return. Thread: any
  virtual bool interrupted() const = 0;

 protected:
  std::string python_version_, pyodide_version_;
};

}  // namespace v8py
