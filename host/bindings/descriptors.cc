#include "bindings/descriptors.h"

#include <sys/stat.h>
#include <unistd.h>
#include <v8-container.h>

#include <cerrno>

#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"

namespace v8py {

namespace {

constexpr uint64_t kMaxOffset = uint64_t{1} << 53;  // of a JavaScript number
constexpr uint64_t kMaxPatience = uint64_t{1} << 40;

std::optional<int> NumberOf(const Arguments& arguments) {
  if (arguments[0]->IsInt32()) return arguments[0].As<v8::Int32>()->Value();
  ThrowTypeError(arguments.GetIsolate(), "a descriptor is an integer");
  return std::nullopt;
}

// readAt(descriptor, view, offset) → number of bytes, 0 at the end; -errno (of Linux).
void ReadAt(const Arguments& arguments) {
  auto number = NumberOf(arguments);
  if (!number) return;
  auto buffer = BufferOf(arguments[1]);
  double offset = arguments[2]->IsNumber() ? arguments[2].As<v8::Number>()->Value() : -1;
  if (!buffer || !(offset >= 0 && offset < static_cast<double>(kMaxOffset))) {
    return ThrowTypeError(arguments.GetIsolate(), "readAt() takes a typed array and an offset");
  }
  const Descriptors& descriptors = NativeData<Bindings>(arguments).descriptors;
  long got = descriptors.Read(*number, buffer->data, buffer->size, static_cast<uint64_t>(offset));
  arguments.GetReturnValue().Set(static_cast<double>(got < 0 ? -errno : got));
}

// receive(descriptor, view, patience in ms) → as Host::Receive().
void Receive(const Arguments& arguments) {
  auto number = NumberOf(arguments);
  if (!number) return;
  auto buffer = BufferOf(arguments[1]);
  double patience = arguments[2]->IsNumber() ? arguments[2].As<v8::Number>()->Value() : -1;
  if (!buffer || !(patience >= 0 && patience < static_cast<double>(kMaxPatience))) {
    return ThrowTypeError(arguments.GetIsolate(), "receive() takes a typed array and a time");
  }
  Bindings& bindings = NativeData<Bindings>(arguments);
  int fd = bindings.descriptors.Find(*number);
  long got = fd < 0 ? -EBADF
                    : bindings.host->Receive(fd, buffer->data, buffer->size,
                                             static_cast<uint64_t>(patience));
  arguments.GetReturnValue().Set(static_cast<double>(got));
}

// statOpen(descriptor) → [mode, size in bytes, modification time in ms, inode, links]; null: there
// is none.
void StatOpen(const Arguments& arguments) {
  auto number = NumberOf(arguments);
  if (!number) return;
  Descriptors::State state;
  if (!NativeData<Bindings>(arguments).descriptors.Stat(*number, state)) {
    return arguments.GetReturnValue().SetNull();
  }
  v8::Isolate* isolate = arguments.GetIsolate();
  v8::Local<v8::Value> parts[] = {v8::Number::New(isolate, state.mode),
                                  v8::Number::New(isolate, static_cast<double>(state.size)),
                                  v8::Number::New(isolate, state.modified * 1000),
                                  v8::Number::New(isolate, static_cast<double>(state.inode)),
                                  v8::Number::New(isolate, static_cast<double>(state.links))};
  arguments.GetReturnValue().Set(v8::Array::New(isolate, parts, 5));
}

// closeDescriptor(descriptor) → undefined
void CloseDescriptor(const Arguments& arguments) {
  auto number = NumberOf(arguments);
  if (number) NativeData<Bindings>(arguments).descriptors.Close(*number);
}

const Native kDescriptors[] = {
    {"closeDescriptor", CloseDescriptor},
    {"readAt", ReadAt},
    {"receive", Receive},
    {"statOpen", StatOpen},
};

}  // namespace

Descriptors::~Descriptors() {
  for (auto [number, fd] : open_) close(fd);
}

int Descriptors::Add(int fd) {
  open_[++last_] = fd;
  return last_;
}

void Descriptors::Close(int number) {
  auto found = open_.find(number);
  if (found == open_.end()) return;
  close(found->second);
  open_.erase(found);
}

int Descriptors::Find(int number) const {
  auto found = open_.find(number);
  return found == open_.end() ? -1 : found->second;
}

long Descriptors::Read(int number, char* data, size_t size, uint64_t offset) const {
  int fd = Find(number);
  for (;;) {
    ssize_t got = pread(fd, data, size, static_cast<off_t>(offset));
    if (got >= 0 || errno != EINTR) return got;
  }
}

bool Descriptors::Stat(int number, State& state) const {
  struct stat is;
  if (fstat(Find(number), &is) != 0) return false;
  state = {is.st_mode, static_cast<uint64_t>(is.st_size), is.st_ino, is.st_nlink,
           static_cast<double>(is.st_mtim.tv_sec) + static_cast<double>(is.st_mtim.tv_nsec) * 1e-9};
  return true;
}

void InstallDescriptors(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kDescriptors, &bindings);
}

}  // namespace v8py
