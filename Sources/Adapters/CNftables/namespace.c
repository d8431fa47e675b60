#define _GNU_SOURCE
#include "namespace.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

// A thread enters the namespace and ends there, so that there is no way home that could fail.

struct work {
    int netns;
    int (*run)(void *);
    void *argument;
    int result;
};

static void *enter_and_run(void *argument) {
    struct work *work = argument;
    work->result = setns(work->netns, CLONE_NEWNET) == 0 ? work->run(work->argument) : -errno;
    return NULL;
}

int berth_nft_run_in(int netns, int (*run)(void *), void *argument) {
    if (netns < 0) return run(argument);
    struct work work = {.netns = netns, .run = run, .argument = argument};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, enter_and_run, &work);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return work.result;
}
