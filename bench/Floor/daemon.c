// floor-daemon SOCKET: answers floor-plugin with the least work that leaves a pod's network as berthd leaves it. It keeps
// no journal, checks nothing and has no policy: the address is a function of the pod's number.
#define _GNU_SOURCE
#include "frame.h"
#include "requests.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WORKERS = 4, NUMBERS = 1 << 16, GATHERING_MICROSECONDS = 5000 };

static int listener, reaper_wake;
/// Whether the pod of a number has a network; a DEL of one that has none is answered at once.
static atomic_uchar is_present[NUMBERS];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int open_netlink(void) {
    int socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int on = 1;
    if (socket_ < 0 || setsockopt(socket_, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) != 0) die("netlink");
    return socket_;
}

static ssize_t receive(int connection, char *frame, int descriptors[2]) {
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
    struct iovec part = {frame, FLOOR_FRAME_BYTES_MAX};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *rights = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (rights && rights->cmsg_type == SCM_RIGHTS) memcpy(descriptors, CMSG_DATA(rights), 2 * sizeof(int));
    return length;
}

static int result(char *reply, const struct pod *pod) {
    struct in_addr address = {pod->address};
    reply[0] = 0;
    return 1
        + sprintf(
            reply + 1,
            "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eni%08x\"},{\"name\":\"eth0\",\"sandbox\":\"pod\"}],"
            "\"ips\":[{\"address\":\"%s/32\",\"interface\":1}],\"routes\":[{\"dst\":\"0.0.0.0/0\"}],\"dns\":{}}\n",
            pod->number, inet_ntoa(address));
}

static void serve(int connection, int host, char *frame) {
    struct pod pod = {.netns = -1, .netlink = -1};
    int descriptors[2] = {-1, -1};
    ssize_t length = receive(connection, frame, descriptors);
    if (length < FLOOR_HEAD_BYTES) return;
    char digits[FLOOR_NUMBER_DIGITS + 1] = {0}, reply[1024];
    memcpy(digits, frame + 1, FLOOR_NUMBER_DIGITS);
    pod.number = (uint32_t)strtoul(digits, NULL, 16);
    // 10.64.0.0/10 has one for every number of a run.
    pod.address = htonl(0x0a400000 | (pod.number & 0xfffff));
    pod.netns = descriptors[0];
    pod.netlink = descriptors[1];
    atomic_uchar *present = &is_present[pod.number % NUMBERS];
    int reply_bytes = 1;
    reply[0] = 0;
    if (frame[0] == 'A') {
        reply[0] = (char)floor_wire(host, &pod);
        if (reply[0] == 0) {
            *present = 1;
            reply_bytes = result(reply, &pod);
        }
    } else if (atomic_exchange(present, 0)) {
        reply[0] = (char)floor_unwire(host, &pod);
    }
    send(connection, reply, (size_t)reply_bytes, MSG_NOSIGNAL);
    if (frame[0] == 'D') eventfd_write(reaper_wake, 1);
    if (pod.netns >= 0) close(pod.netns);
    if (pod.netlink >= 0) close(pod.netlink);
}

static void *work(void *unused) {
    (void)unused;
    int host = open_netlink();
    char *frame = malloc(FLOOR_FRAME_BYTES_MAX);
    int connection;
    while ((connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        serve(connection, host, frame);
        close(connection);
    }
    die("accept");
    return NULL;
}

int main(int count, char **words) {
    if (count != 2) {
        fprintf(stderr, "usage: floor-daemon SOCKET\n");
        return 2;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0) die(words[1]);
    reaper_wake = eventfd(0, EFD_CLOEXEC);
    for (int i = 0; i < WORKERS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, NULL) != 0) die("pthread_create");
    }
    // The reaper: links go several at once, because the kernel waits as long for one as for many.
    int host = open_netlink();
    eventfd_t ignored;
    while (eventfd_read(reaper_wake, &ignored) == 0) {
        usleep(GATHERING_MICROSECONDS);
        floor_reap(host);
    }
    return 1;
}
