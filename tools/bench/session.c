/* One call after another in a kept session, measured where a program that embeds v8py waits.
 *
 *   v8py_session_bench COUNT CODE [HOME]   prints the milliseconds of each call, from the request
 * to the result, one a line; HOME as v8py_runtime_new() has it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "include/v8py.h"

static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void check(v8py_error* error) {
  if (!error) return;
  fprintf(stderr, "%s\n", v8py_error_message(error));
  exit(1);
}

static double call(v8py_session* session, const v8py_options* options) {
  v8py_run* run;
  v8py_result* result;
  double began = milliseconds();
  check(v8py_session_start(session, options, &run));
  check(v8py_run_wait(run, &result));
  double spent = milliseconds() - began;
  if (v8py_result_get_status(result) != V8PY_STATUS_OK) {
    fprintf(stderr, "%s\n", v8py_result_json(result));
    exit(1);
  }
  v8py_result_free(result);
  v8py_run_free(run);
  return spent;
}

int main(int argc, char** argv) {
  if (argc < 3) return fprintf(stderr, "usage: %s COUNT CODE [HOME]\n", argv[0]), 2;
  v8py_runtime* runtime;
  v8py_session* session;
  v8py_options* options = v8py_options_new();
  check(v8py_runtime_new(argc > 3 ? argv[3] : NULL, &runtime));
  check(v8py_session_new(runtime, &session));
  check(v8py_options_set_code(options, argv[2], strlen(argv[2])));
  /* The first calls are what a session pays once. */
  for (int i = 0; i < 100; ++i) call(session, options);
  for (int i = 0, count = atoi(argv[1]); i < count; ++i) printf("%.4f\n", call(session, options));
  v8py_options_free(options);
  v8py_session_free(session);
  v8py_runtime_free(runtime);
  return 0;
}
