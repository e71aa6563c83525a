/* v8py: run Python that you do not trust. The C interface (C11); v8py.hpp is the C++ one over it.
 * It is about running programs: errors, runtime, what makes a start short, options (limits,
 * permissions, packages, callbacks, functions, questions), run, session, result. What keeps an
 * installation has headers of its own, which include this one: v8py_image.h, v8py_daemon.h,
 * v8py_packages.h.
 *
 *   v8py_runtime* runtime;  v8py_run* run;  v8py_result* result;
 *   v8py_runtime_new(NULL, &runtime);
 *   v8py_options* options = v8py_options_new();
 *   v8py_options_set_code(options, "print(1+1)", 10);
 *   v8py_run_start(runtime, options, &run);
 *   v8py_run_wait(run, &result);
 *   puts(v8py_result_json(result));
 *
 * Rules that hold for every function:
 * 1. Ownership. What a `_new` or `_start` function or an out-parameter named `result` gave you is
 *    yours; give it to the `_free` function of its type, which accepts NULL. Strings and buffers
 *    that you pass in are copied. Strings that you get belong to the object you asked.
 * 2. Failure. A function that can fail returns a v8py_error*: NULL is success, anything else is
 *    yours to free. After a failure out-parameters are NULL. It refuses NULL for a pointer, unless
 *    its comment says what NULL means; the other functions, but for `_free`, trust you. What a
 * guest program does (an exception, a limit that is hit, a crash) is never an error here: it is a
 * v8py_result.
 * 3. Threads. A v8py_runtime may be used from any thread. An object of another type belongs to
 *    one thread at a time, except for the functions marked "Thread: any". Callbacks are called only
 *    inside v8py_run_wait(), on the thread that called it.
 * 4. Deadlines, limits and kills do not depend on your threads: the runtime has its own, and a
 *    program that nobody waits for is ended on time all the same.
 * 5. Text is UTF-8. Sizes are bytes, durations milliseconds.
 */
#ifndef V8PY_H_
#define V8PY_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define V8PY_API __attribute__((visibility("default")))
#else
#define V8PY_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct v8py_error v8py_error;
typedef struct v8py_runtime v8py_runtime;
typedef struct v8py_options v8py_options;
typedef struct v8py_session v8py_session;
typedef struct v8py_run v8py_run;
typedef struct v8py_call v8py_call;
typedef struct v8py_question v8py_question;
typedef struct v8py_result v8py_result;

/* ---- Errors ------------------------------------------------------------------------------- */

typedef enum v8py_error_code {
  V8PY_ERROR_CALLER = 1, /* an argument or an order of calls that cannot be right */
  V8PY_ERROR_WORLD = 2,  /* a missing file, a full disk, a process that cannot start */
  V8PY_ERROR_INTERNAL = 3
} v8py_error_code;

V8PY_API v8py_error_code v8py_error_get_code(const v8py_error* error);
/* One line: what was wrong, with the value, and what to do about it. */
V8PY_API const char* v8py_error_message(const v8py_error* error);
V8PY_API void v8py_error_free(v8py_error* error);

/* ---- Runtime: finds the worker, owns a thread that supervises ------------------------------- */

/* The version of this library, "0.1.0". Thread: any */
V8PY_API const char* v8py_version(void);

/* `home` is the folder that holds bin/, lib/ and share/v8py/; NULL: found from the library's own
 * place. Starts no process. */
V8PY_API v8py_error* v8py_runtime_new(const char* home, v8py_runtime** runtime);
/* Kills what still runs. Runs that are not freed yet stay valid and are ended: wait for them, free
 * them. */
V8PY_API void v8py_runtime_free(v8py_runtime* runtime);
/* What the installation is made of, as JSON: {"v8py","v8","pyodide","python","packages"}. */
V8PY_API const char* v8py_runtime_versions_json(const v8py_runtime* runtime);
/* Checks the installation and the machine. `json` is yours, for v8py_string_free:
 * {"checks":[{"name","ok","detail","advice"}…]}. */
V8PY_API v8py_error* v8py_runtime_check(v8py_runtime* runtime, char** json);
V8PY_API void v8py_string_free(char* string);

/* ---- Start: what makes it short ---------------------------------------------------------------
 *
 * An image is the memory of a ready interpreter, from which others start in milliseconds. A runtime
 * uses the image "base" of its installation when there is one; otherwise each run boots an
 * interpreter from nothing, which takes seconds and gives the same results. Other images hold
 * packages beside. v8py_image.h makes them. */

/* Whether there is one that can be used; if not, `reason` says why, and lives as long as the
 * runtime. */
V8PY_API int v8py_image_usable(v8py_runtime* runtime, const char** reason);

/* Has the pool and all later runs start from this image, by its name or, when it has a slash or
 * ends with ".image", its file. An error when it cannot be used; runs never do without it. Not
 * while programs run, or a session or a pool is kept. */
V8PY_API v8py_error* v8py_runtime_set_image(v8py_runtime* runtime, const char* image);

/* Keeps `guests` interpreters forked, warm and ready, so that a run finds one at once; each serves
 * one run or one session, and is replaced in the background. When few are needed for minutes, fewer
 * wait, at least 2; under load as many again. 0 ends them. Needs an image; not while
 * programs run or sessions are kept. */
V8PY_API v8py_error* v8py_runtime_set_pool(v8py_runtime* runtime, int guests);

/* Whether runs take their interpreters from the user's daemon (v8py_daemon.h) while there is one.
 * Off at first. A run that finds none, or one without a guest to give, starts as it does without.
 */
V8PY_API void v8py_runtime_use_daemon(v8py_runtime* runtime, int on);

/* ---- Options: what to run, and how ---------------------------------------------------------- */

V8PY_API v8py_options* v8py_options_new(void);
V8PY_API void v8py_options_free(v8py_options* options);

/* The program: exactly one of these three. The source is bytes in any encoding that Python accepts
 * for a file, at most 16 MiB. */
V8PY_API v8py_error* v8py_options_set_code(v8py_options* options, const char* source, size_t size);
/* `name` is for __file__ and tracebacks; the file itself is not read. A name like "<stdin>" is for
 * tracebacks only. */
V8PY_API v8py_error* v8py_options_set_file(v8py_options* options, const char* name,
                                           const char* source, size_t size);
/* As `python3 -m name`. */
V8PY_API v8py_error* v8py_options_set_module(v8py_options* options, const char* name);

/* Appends to sys.argv, after its first element. */
V8PY_API v8py_error* v8py_options_add_argument(v8py_options* options, const char* argument);
/* Names that the program finds as its globals: a JSON object, of 8 MiB at most. Numbers keep all
 * their digits. */
V8PY_API v8py_error* v8py_options_set_variables(v8py_options* options, const char* json);
/* Nothing of the host's environment is visible to a program but what is set here. */
V8PY_API v8py_error* v8py_options_set_environment(v8py_options* options, const char* name,
                                                  const char* value);

typedef enum v8py_limit {
  V8PY_LIMIT_WALL,   /* milliseconds from the program's first line; default 300,000 */
  V8PY_LIMIT_CPU,    /* milliseconds of processor time; default none */
  V8PY_LIMIT_MEMORY, /* bytes that Python may use; default 1 GiB */
  V8PY_LIMIT_OUTPUT, /* bytes of output, both streams together; default 64 MiB */
  V8PY_LIMIT_FILES,  /* bytes that it may add to files: those in its memory, and again to those of
                        the host; default 256 MiB */
  V8PY_LIMIT_NET     /* bytes from and to the network; default 1 GiB */
} v8py_limit;
#define V8PY_UNLIMITED UINT64_MAX
/* Zero is refused; "no limit" has to be said: V8PY_UNLIMITED. */
V8PY_API v8py_error* v8py_options_set_limit(v8py_options* options, v8py_limit limit,
                                            uint64_t value);

/* What a program may do outside of its interpreter; nothing without a call. `permission`:
 *   "read"   files and folders of the host: "PATH" or "PATH:GUEST PATH". Without a guest path the
 *            program finds a relative PATH below its working folder, /home/guest, and an absolute
 *            one at the same place.
 *   "write"  the same, to be read and written.
 *   "net"    hosts: "HOST", "HOST:PORT", "*.HOST", an address or network ("10.0.0.0/8"), "*".
 *   "env"    variables of this process's environment: "NAME", "PREFIX*".
 *   "packages"   what it may install by micropip: "NAME", "PREFIX*", "*".
 *   "host-call"  functions of v8py_options_add_function(): "NAME", "PREFIX*", "*".
 *
 * A host's name gives no right to addresses of private networks and the like: they need a rule of
 * their own, as "127.0.0.1", or, for loopback addresses, "localhost".
 *
 * `values`: one, or several with commas between them; a comma of a value is doubled. A denial
 * counts more than what is allowed. What cannot be allowed is an error here or of
 * v8py_run_start(). */
V8PY_API v8py_error* v8py_options_allow(v8py_options* options, const char* permission,
                                        const char* values);
V8PY_API v8py_error* v8py_options_deny(v8py_options* options, const char* permission,
                                       const char* values);
/* Whether programs can be started with these permissions: the error that v8py_run_start() would
 * give. Packages are not looked for. */
V8PY_API v8py_error* v8py_options_check(v8py_runtime* runtime, const v8py_options* options);
/* Options as JSON, the same words as in v8py.toml and of `v8py exec --help`:
 *   {"timeout": "5s", "memory": "512M", "allow-read": ["data:/in"], "deny-net": "10.0.0.0/8",
 *    "with": ["pandas>=2"], "offline": true}
 * timeout, cpu, memory, max-output, max-net, files, allow-…, deny-…, audit, files-out, with,
 * index-url, find-links, packages-from, offline. A value is text, or a list of texts for more than
 * one. Nothing is changed when one of them is wrong. */
V8PY_API v8py_error* v8py_options_configure(v8py_options* options, const char* json);
/* Files that the program makes or changes in its working folder are copied into this folder of the
 * host when it ends, whatever its end, but for a kill. */
V8PY_API v8py_error* v8py_options_set_files_out(v8py_options* options, const char* folder);
/* Appends a line of JSON to `file` for each decision about what the program wanted:
 * {"time","run","what","target","allowed","rule"}. */
V8PY_API v8py_error* v8py_options_set_audit(v8py_options* options, const char* file);

/* A package that the program finds installed, with all that it depends on: a requirement as pip has
 * it, "pandas>=2", or the path of a wheel. Call again for more. It is fetched, if it is not in the
 * cache of packages, by v8py_run_start() or v8py_session_start(). */
V8PY_API v8py_error* v8py_options_add_package(v8py_options* options, const char* requirement);
typedef enum v8py_package_source {
  V8PY_SOURCE_INDEX,      /* the URL of an index's /simple; call again for more: the first that has
                             a project wins. Default: as pip is configured */
  V8PY_SOURCE_FIND_LINKS, /* a folder of wheels; call again for more */
  V8PY_SOURCE_DISTRIBUTION, /* a folder that holds a distribution of Pyodide */
  V8PY_SOURCE_OFFLINE       /* no connection is opened; the value is not used */
} v8py_package_source;
/* Where packages come from. */
V8PY_API v8py_error* v8py_options_set_package_source(v8py_options* options,
                                                     v8py_package_source source, const char* value);
/* What v8py_packages_lock() gave (v8py_packages.h): the packages of the options are these, and no
 * others. */
V8PY_API v8py_error* v8py_options_set_lock(v8py_options* options, const char* json);
/* A step has begun: "booting Python", "resolving numpy". */
typedef void (*v8py_progress_callback)(void* user, const char* step);
/* Is told what is done before the program begins, or by a function that is given these options.
 * Called on the thread that called that. */
V8PY_API void v8py_options_set_progress(v8py_options* options, v8py_progress_callback progress,
                                        void* user);

typedef enum v8py_stream { V8PY_STDIN = 0, V8PY_STDOUT = 1, V8PY_STDERR = 2 } v8py_stream;

/* Output as it comes; the bytes are valid during the call. Return 0 to go on, anything else when
 * nobody reads any more: the program is then ended quietly, as by a closed pipe. While the
 * callback takes its time the program waits. Without a callback output is only collected. */
typedef int (*v8py_output_callback)(void* user, v8py_stream stream, const char* data, size_t size);
/* The program waits for standard input: answer, now or later, by v8py_run_write_input() or
 * v8py_run_end_input(). Without a callback standard input is empty. */
typedef void (*v8py_input_callback)(void* user, v8py_run* run);
V8PY_API void v8py_options_set_callbacks(v8py_options* options, v8py_output_callback output,
                                         v8py_input_callback input, void* user);

/* A function that the program may call, if the permission "host-call" allows its name: in Python
 * `from v8py import host`, then host.NAME(…), or await host.aio.NAME(…). `name`: an identifier. The
 * program's clock goes on while it waits. `call` is yours: answer it once, inside the callback or
 * later from any thread, also after the run and its runtime have gone, then give it to
 * v8py_call_free(). The arguments are as untrusted as the program. */
typedef void (*v8py_function)(void* user, v8py_call* call);
V8PY_API v8py_error* v8py_options_add_function(v8py_options* options, const char* name,
                                               v8py_function function, void* user);
/* {"args":[...],"kwargs":{...}}; lives as long as the call. At most 1 MiB, and nested at most 100
 * deep. */
V8PY_API const char* v8py_call_arguments_json(const v8py_call* call);
/* What the function returns: JSON, of 32 MiB at most. After an error the call is still to be
 * answered. Once the program has ended an answer goes nowhere. Thread: any */
V8PY_API v8py_error* v8py_call_return(v8py_call* call, const char* json);
/* Raises an exception in the program: `type` is one of Python's own, "ValueError"; another is
 * raised as v8py.HostError. Thread: any */
V8PY_API v8py_error* v8py_call_raise(v8py_call* call, const char* type, const char* message);
/* One that was not answered raises HostError. Thread: any */
V8PY_API void v8py_call_free(v8py_call* call);

/* The program wants something that no rule allows or denies: a host, a package, to write where it
 * may read, a function. The question is yours: answer it, inside the callback or later. It is asked
 * once for each thing; what is allowed is so until the program ends. The program waits, and its
 * clock goes on. Without a callback it is refused. */
typedef void (*v8py_question_callback)(void* user, v8py_question* question);
V8PY_API void v8py_options_set_question_callback(v8py_options* options,
                                                 v8py_question_callback callback, void* user);
/* As for v8py_options_allow(): "net", and "example.com:443". The value may be of the program's
 * making, and hold any characters. */
V8PY_API const char* v8py_question_permission(const v8py_question* question);
V8PY_API const char* v8py_question_value(const v8py_question* question);
/* "a connection to example.com:443 needs --allow-net=example.com:443" */
V8PY_API const char* v8py_question_text(const v8py_question* question);
/* Frees it; as an answer to a call, it may come too late. Thread: any */
V8PY_API void v8py_question_answer(v8py_question* question, int allow);

typedef enum v8py_flag {
  V8PY_FLAG_COLLECT,    /* keep output for the result; default on */
  V8PY_FLAG_VALUE,      /* report the value of the last expression; default on */
  V8PY_FLAG_PLAIN,      /* and as JSON whatever its type, in "plain" of the value; default off */
  V8PY_FLAG_COLOR,      /* colours in tracebacks; default off */
  V8PY_FLAG_EXPLAIN,    /* time the program's imports for the result; default off */
  V8PY_FLAG_PRINT_ERROR /* print the exception that ends a program, as python3 does; default on */
} v8py_flag;
V8PY_API void v8py_options_set_flag(v8py_options* options, v8py_flag flag, int on);
/* Makes isatty() true for a stream. */
V8PY_API void v8py_options_set_terminal(v8py_options* options, v8py_stream stream, int columns,
                                        int rows);

/* ---- Run ------------------------------------------------------------------------------------ */

/* Starts a fresh interpreter and the program in it. `options` may be used again or freed. */
V8PY_API v8py_error* v8py_run_start(v8py_runtime* runtime, const v8py_options* options,
                                    v8py_run** run);
/* Calls the callbacks until the program has ended, then gives its result. A second call is an
 * error, also from a callback; a callback must not free the run either. */
V8PY_API v8py_error* v8py_run_wait(v8py_run* run, v8py_result** result);
/* Ends the program: KeyboardInterrupt at first, a kill soon after. The result's status is
 * "cancelled", unless the program had ended before. Thread: any */
V8PY_API void v8py_run_cancel(v8py_run* run);
/* Ends the program without asking it. The status is "cancelled". Thread: any */
V8PY_API void v8py_run_kill(v8py_run* run);
/* Bytes for standard input; they are queued. Thread: any */
V8PY_API void v8py_run_write_input(v8py_run* run, const char* data, size_t size);
/* Thread: any */
V8PY_API void v8py_run_end_input(v8py_run* run);
/* Kills the program if it still runs. */
V8PY_API void v8py_run_free(v8py_run* run);

/* ---- Session: an interpreter that is kept -----------------------------------------------------
 *
 * Programs run in it one after another, like the cells of a notebook: names, modules and files
 * stay. Limits, output, input, arguments, environment and result are each program's own, but for
 * the memory limit, which is that of the session's first. An exception, sys.exit(), or a time-out
 * or cancel that ends the program by its exception leaves the session as it is. What can only be
 * killed ends it, as do a crash, os._exit() and an exhausted JavaScript heap: make another then.
 *
 * Nothing runs between two programs: an asyncio task that one leaves goes on whenever a later one
 * waits for something, and an interrupt does not concern it. Exit functions (atexit) run at
 * v8py_session_end(). Source that came by v8py_options_set_code() is "<cell N>" in tracebacks, N
 * from 1. */

/* Starts no process: the first program does, or takes a guest of the pool. */
V8PY_API v8py_error* v8py_session_new(v8py_runtime* runtime, v8py_session** session);
/* As v8py_run_start(), in the session. Programs that are started while another one runs wait for
 * their turn, in order; their limits are those of their own time. Fails when the session has ended;
 * v8py_run_wait() fails when it ends while the program waits for its turn. To kill a program, also
 * by v8py_run_free(), ends the session. Thread: any */
V8PY_API v8py_error* v8py_session_start(v8py_session* session, const v8py_options* options,
                                        v8py_run** run);
/* Starts the last program, after which the session ends as an interpreter does: exit functions run,
 * objects are finalized, and what they print is output of this run, within its limits. `options`
 * may have no program. Thread: any */
V8PY_API v8py_error* v8py_session_end(v8py_session* session, const v8py_options* options,
                                      v8py_run** run);
/* Whether programs can be started in it; if not, `reason` (may be NULL) says why, and lives as long
 * as the session. Thread: any */
V8PY_API int v8py_session_alive(const v8py_session* session, const char** reason);
/* Kills what runs in it; exit functions do not run. Before or after the runtime's end; runs that
 * are not freed yet stay valid. */
V8PY_API void v8py_session_free(v8py_session* session);

/* ---- Result --------------------------------------------------------------------------------- */

typedef enum v8py_status {
  V8PY_STATUS_OK,        /* ran to its end, or sys.exit() */
  V8PY_STATUS_ERROR,     /* an uncaught exception */
  V8PY_STATUS_TIMEOUT,   /* wall-clock or processor time ran out */
  V8PY_STATUS_MEMORY,    /* the memory limit was hit */
  V8PY_STATUS_DENIED,    /* a permission was missing */
  V8PY_STATUS_CANCELLED, /* v8py_run_cancel() */
  V8PY_STATUS_KILLED     /* the interpreter crashed, or something killed its process */
} v8py_status;

V8PY_API v8py_status v8py_result_get_status(const v8py_result* result);
/* "ok", "error", "timeout", "memory", "denied", "cancelled", "killed". */
V8PY_API const char* v8py_result_status_name(const v8py_result* result);
/* What sys.exit() gave, 1 for an exception, and for the rest the codes of `v8py exec --help`. */
V8PY_API int v8py_result_exit_code(const v8py_result* result);
/* Collected output, not zero-terminated text but bytes. */
V8PY_API const char* v8py_result_output(const v8py_result* result, v8py_stream stream,
                                        size_t* size);
/* One line for a person: which limit was hit, its value, what was used, and the line that ran;
 * which signal killed it. "" when the program ended by itself. */
V8PY_API const char* v8py_result_summary(const v8py_result* result);
/* Everything, as one JSON object: share/v8py/result.schema.json describes it. */
V8PY_API const char* v8py_result_json(const v8py_result* result);
V8PY_API void v8py_result_free(v8py_result* result);

#ifdef __cplusplus
}
#endif

#endif /* V8PY_H_ */
