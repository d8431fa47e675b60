#define _GNU_SOURCE
#include "CMeasuring.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MILLISECONDS = 100, LIMIT_MILLISECONDS = 30000, PIPE_BYTES = 64 * 1024 };

static atomic_int is_interrupted;

static void note_signal(int number) {
    (void)number;
    is_interrupted = 1;
}

int bench_is_interrupted(void) { return is_interrupted; }

void bench_catch_signals(void) {
    struct sigaction action = {.sa_handler = note_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    // Whoever starts the program may have blocked them, as a thread of a test does.
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &both, NULL);
}

int64_t bench_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

int64_t bench_cpu(pid_t process) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

int bench_enter(int netns) {
    return setns(netns, CLONE_NEWNET) == 0 ? 0 : -errno;
}

static int64_t nanoseconds(struct timeval time) {
    return time.tv_sec * INT64_C(1000000000) + time.tv_usec * INT64_C(1000);
}

static int spawn(pid_t *process, const char *path, char *const *environment, int input, int output) {
    char *arguments[] = {(char *)path, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    int error = posix_spawn(process, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

// Reads to the end of the output, and ends a program that takes too long or is no longer wanted.
static size_t read_output(pid_t process, int output, char *bytes, size_t capacity) {
    size_t length = 0;
    for (int waited = 0;;) {
        struct pollfd waiting = {.fd = output, .events = POLLIN};
        int ready = poll(&waiting, 1, LOOK_MILLISECONDS);
        if (ready == 0) waited += LOOK_MILLISECONDS;
        if (ready <= 0 && (is_interrupted || waited >= LIMIT_MILLISECONDS)) kill(process, SIGKILL);
        if (ready <= 0) continue;
        char surplus[4096];
        int is_full = length == capacity;
        ssize_t count = is_full ? read(output, surplus, sizeof surplus) : read(output, bytes + length, capacity - length);
        if (count == 0 || (count < 0 && errno != EINTR)) return length;
        if (count > 0 && !is_full) length += (size_t)count;
    }
}

struct bench_run bench_execute(const char *path, char *const *environment, const void *input, size_t input_bytes,
                               void *output, size_t capacity) {
    struct bench_run run = {.status = -1};
    int in[2], out[2];
    int64_t begun = bench_now();
    if (pipe2(in, O_CLOEXEC) != 0) {
        run.error = errno;
        return run;
    }
    if (pipe2(out, O_CLOEXEC) != 0) {
        run.error = errno;
        close(in[0]);
        close(in[1]);
        return run;
    }
    ssize_t written = write(in[1], input, input_bytes);
    close(in[1]);
    pid_t process = -1;
    run.error = written != (ssize_t)input_bytes ? EMSGSIZE : spawn(&process, path, environment, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    if (run.error == 0) {
        run.output_bytes = read_output(process, out[0], output, capacity);
        int status;
        struct rusage usage;
        while (wait4(process, &status, 0, &usage) < 0 && errno == EINTR) {}
        run.wall_nanoseconds = bench_now() - begun;
        run.cpu_nanoseconds = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
        run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    close(out[0]);
    return run;
}

static void become(char *const *arguments, char *const *environment, int netns, const char *log) {
    int nothing = open("/dev/null", O_RDONLY), messages = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    // A group of its own: Ctrl-C is for the benchmark, which ends the daemon when its plugins have had their answers.
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || setns(netns, CLONE_NEWNET) != 0) _exit(126);
    if (dup2(nothing, 0) < 0 || dup2(messages, 1) < 0 || dup2(messages, 2) < 0) _exit(126);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

pid_t bench_start(char *const *arguments, char *const *environment, int netns, const char *log) {
    pid_t process = fork();
    if (process == 0) become(arguments, environment, netns, log);
    return process < 0 ? -errno : process;
}
