// A kept session: programs that find what those before them left, each with limits of its own.
#include <iostream>
#include <v8py.hpp>

int main() {
  auto runtime = v8py::Runtime::Create();
  if (!runtime) return std::cerr << runtime.error->message << "\n", 1;
  auto session = runtime.value->NewSession();
  if (!session) return std::cerr << session.error->message << "\n", 1;
  for (const char* code :
       {"import math\nnumbers = [1, 4, 9]", "roots = [math.sqrt(n) for n in numbers]",
        "while True: pass", "print(sum(roots))"}) {
    v8py::Options options;
    options.Code(code).Limit(V8PY_LIMIT_WALL, 2000);
    auto run = session.value->Start(options);
    if (!run) return std::cerr << run.error->message << "\n", 1;
    auto result = run.value->Wait();
    if (!result) return std::cerr << result.error->message << "\n", 1;
    std::cout << result.value->StatusName() << " " << result.value->Output() << "\n";
  }
  return session.value->WhyEnded().empty() ? 0 : 1;
}
