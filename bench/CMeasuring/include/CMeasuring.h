/*
 What a benchmark needs of the system and Swift's Glibc module does not show, or what must not be preceded by anything
 when a clock runs.
 */
#ifndef CMEASURING_H
#define CMEASURING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// One execution of a program, timed from before it is started until it has been waited for.
struct bench_run {
    /// Exit status; 128 and the signal's number for a program that a signal ended; -1 when it could not be started.
    int status;
    /// What failed when `status` is -1.
    int error;
    int64_t wall_nanoseconds;
    /// Of the program and of the programs that it waited for.
    int64_t cpu_nanoseconds;
    /// Bytes of standard output in the buffer.
    size_t output_bytes;
};

/// Runs `path` with the environment and input, with pipes as a container runtime has them, in the calling thread's namespace.
///
/// What the program writes beyond `capacity` bytes is dropped. The program is ended after 30 s, or once the end was called for.
/// `input_bytes` is at most 64 KiB.
struct bench_run bench_execute(const char *path, char *const *environment, const void *input, size_t input_bytes,
                               void *output, size_t capacity);

/// Starts a program in another network namespace, its output at the end of the file `log`. It ends with the calling
/// thread. Returns its process id, or a negative error number.
pid_t bench_start(char *const *arguments, char *const *environment, int netns, const char *log);

/// Puts the calling thread into a network namespace. Returns 0, or a negative error number.
int bench_enter(int netns);

/// Nanoseconds of the monotonic clock.
int64_t bench_now(void);

/// CPU time of all threads that a process has or had, in nanoseconds; -1 when there is no such process.
int64_t bench_cpu(pid_t process);

/// Makes SIGINT and SIGTERM call for the end instead of ending the process, and SIGPIPE an error of the write.
void bench_catch_signals(void);

/// Whether the end was called for.
int bench_is_interrupted(void);

#endif
