/*
 The contract between berth-cni and berthd, and the few system interfaces both need that Swift's Glibc module does not
 show (they want _GNU_SOURCE, are variadic, or are made of macros).

 One connection of a SOCK_SEQPACKET unix socket carries one request and one reply, each a single message. Numbers are in
 the byte order of the machine: both ends run on it.

 Request:  berth_request_header
           environment_bytes bytes: every CNI_* variable as KEY=VALUE, each ended by a zero byte
           input_bytes bytes:       what the runtime wrote to standard input, unparsed
           as SCM_RIGHTS:           nothing, or two descriptors: the pod's network namespace, and a routing-netlink
                                    socket that was opened inside it
 Reply:    berth_reply_header
           output_bytes bytes:      what the plugin writes to standard output, unparsed

 Where an IPAM plugin of others gives a pod its address, the runtime's file system and namespace are what it needs and the daemon
 has not: the plugin runs it when a reply says so, and may have to send its request again with what came of it.

 Request:  with BERTH_FLAG_IPAM_OUTCOME a berth_ipam_outcome behind the input, and output_bytes bytes that the IPAM plugin wrote
 Reply:    with BERTH_FLAG_RUN_IPAM the output begins with a berth_ipam_order, the command and the name of the IPAM plugin, each
           ended by a zero byte; what follows is the answer

 A receiver ignores reserved bytes and flags it does not know, so that either side may be the newer one. A change that
 cannot be ignored raises the version.
 */
#ifndef CPLUGINSOCKET_H
#define CPLUGINSOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

enum {
    /// The version of the frame, first byte of both messages.
    BERTH_FRAME_VERSION = 1,
    /// Bytes of standard input a request carries at most.
    BERTH_INPUT_BYTES_MAX = 256 * 1024,
    /// Bytes of environment a request carries at most.
    BERTH_ENVIRONMENT_BYTES_MAX = 64 * 1024,
    /// Bytes of standard output a reply carries at most, and a request of what an IPAM plugin wrote.
    BERTH_OUTPUT_BYTES_MAX = 256 * 1024,
    /// Bytes of the longest name of an IPAM plugin: the file system's NAME_MAX (limits.h).
    BERTH_IPAM_NAME_BYTES_MAX = 255,
    /// Requests the spool holds at most.
    BERTH_SPOOL_FILES_MAX = 10000,
    /// Longest path of a unix socket in bytes: sun_path less its final zero (unix(7)).
    BERTH_SOCKET_PATH_BYTES_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1,
};

/// How far the opening of a pod's network namespace came.
enum {
    /// It was opened, or there was none to open.
    BERTH_SANDBOX_OPENED = 0,
    /// open(2) refused the path.
    BERTH_SANDBOX_OPEN = 1,
    /// The path is there and is not a network namespace.
    BERTH_SANDBOX_NOT_A_NAMESPACE = 2,
    /// setns(2) refused to enter.
    BERTH_SANDBOX_ENTER = 3,
    /// The routing-netlink socket could not be opened inside.
    BERTH_SANDBOX_SOCKET = 4,
};

enum {
    /// Flag of a request: the pod's namespace is the one the plugin itself was started in.
    BERTH_FLAG_OWN_NAMESPACE = 1,
    /// Flag of a request: the plugin can run an IPAM plugin where a runtime would.
    BERTH_FLAG_RUNS_IPAM = 2,
    /// Flag of a request: it is sent again, with what came of an IPAM plugin.
    BERTH_FLAG_IPAM_OUTCOME = 4,
};

enum {
    /// Flag of a reply: this daemon is ending and did nothing of what was asked; the next one will, within moments. The rest of the
    /// reply is for a plugin that has no time left to ask it.
    BERTH_FLAG_ASK_AGAIN = 1,
    /// Flag of a reply to a request with BERTH_FLAG_RUNS_IPAM: an IPAM plugin is to be run before the runtime is answered.
    BERTH_FLAG_RUN_IPAM = 2,
};

/// When a request is sent again with what came of an IPAM plugin.
enum {
    BERTH_TELL_ALWAYS = 0,
    /// The answer is for a plugin that exits with 0.
    BERTH_TELL_FAILURE = 1,
    /// The answer is what the runtime hears, whatever came of it.
    BERTH_TELL_NEVER = 2,
};

/// What came of an IPAM plugin.
enum {
    /// It exited with the status `number`.
    BERTH_IPAM_EXITED = 0,
    /// The signal `number` ended it.
    BERTH_IPAM_KILLED = 1,
    /// No folder of CNI_PATH has it.
    BERTH_IPAM_NOT_FOUND = 2,
    /// It could not be started, by the error number `number`.
    BERTH_IPAM_NOT_STARTED = 3,
    /// It was ended because its time was up.
    BERTH_IPAM_TIMED_OUT = 4,
    /// It was ended because it wrote more than BERTH_OUTPUT_BYTES_MAX.
    BERTH_IPAM_WROTE_TOO_MUCH = 5,
    /// It was not started, because an earlier one for the same attachment went on for `number` milliseconds.
    BERTH_IPAM_BUSY = 6,
};

struct berth_request_header {
    uint8_t version;
    uint8_t flags;
    /// One of BERTH_SANDBOX_…, and the error number of the step that failed, else 0.
    uint8_t sandbox_step;
    uint8_t reserved;
    int32_t sandbox_errno;
    uint32_t environment_bytes;
    uint32_t input_bytes;
};

struct berth_reply_header {
    uint8_t version;
    /// Exit status of the plugin.
    uint8_t status;
    uint16_t flags;
    uint32_t output_bytes;
};

struct berth_ipam_order {
    /// One of BERTH_TELL_….
    uint8_t tell;
    uint8_t reserved[3];
    /// How long the IPAM plugin may take.
    uint32_t milliseconds;
};

struct berth_ipam_outcome {
    /// One of BERTH_IPAM_….
    uint32_t ending;
    int32_t number;
    uint32_t output_bytes;
};

_Static_assert(sizeof(struct berth_request_header) == 16, "the header of a request is 16 bytes");
_Static_assert(sizeof(struct berth_reply_header) == 8, "the header of a reply is 8 bytes");
_Static_assert(sizeof(struct berth_ipam_order) == 8, "the order to run an IPAM plugin is 8 bytes");
_Static_assert(sizeof(struct berth_ipam_outcome) == 12, "the outcome of an IPAM plugin is 12 bytes");

enum {
    /// The command is the longest of CNI, `VERSION`, at most.
    BERTH_ORDER_BYTES_MAX = sizeof(struct berth_ipam_order) + sizeof "VERSION" + BERTH_IPAM_NAME_BYTES_MAX + 1,
    BERTH_REQUEST_BYTES_MAX = sizeof(struct berth_request_header) + BERTH_ENVIRONMENT_BYTES_MAX + BERTH_INPUT_BYTES_MAX
        + sizeof(struct berth_ipam_outcome) + BERTH_OUTPUT_BYTES_MAX,
    BERTH_REPLY_BYTES_MAX = sizeof(struct berth_reply_header) + BERTH_ORDER_BYTES_MAX + BERTH_OUTPUT_BYTES_MAX,
};

/// A pod's network namespace as the plugin opened it; the descriptors are -1 unless `step` is BERTH_SANDBOX_OPENED.
struct berth_sandbox {
    int netns;
    int netlink;
    uint8_t step;
    uint8_t flags;
    int32_t error;
};

/// Opens the namespace at `path`, enters it with the calling thread, and opens a routing-netlink socket there.
///
/// The thread stays inside. Whether the namespace is the thread's own is found out before it is entered.
struct berth_sandbox berth_open_sandbox(const char *path);

/// Connects a non-blocking, close-on-exec SOCK_SEQPACKET socket to a path of at most BERTH_SOCKET_PATH_BYTES_MAX bytes.
/// Returns the socket, or -1 with errno.
int berth_connect(const char *path);

/// Binds a non-blocking, close-on-exec SOCK_SEQPACKET socket to a path of at most BERTH_SOCKET_PATH_BYTES_MAX bytes.
/// Returns the socket, or -1 with errno.
int berth_bind(const char *path);

/// Accepts a waiting connection as a blocking, close-on-exec socket that gives up a receive after `receive_timeout_ms`.
/// Returns the socket, or -1 with errno: EAGAIN when none waits.
int berth_accept(int listener, int receive_timeout_ms);

/// Sends one message made of `head` and `body`, with two descriptors unless `netlink` is -1. Never waits, never raises
/// SIGPIPE.
///
/// Room for a message larger than the default socket buffer is asked for first. Only the sender's buffer counts on a
/// unix socket; as root it may exceed net.core.wmem_max. Returns 0, or -1 with errno.
int berth_send(int socket, const void *head, size_t head_bytes, const void *body, size_t body_bytes,
               int netns, int netlink);

/// Receives one message and the descriptors that came with it, close-on-exec.
///
/// Exactly 2 descriptors are handed over in `descriptors`; any other number is closed and `descriptors` is set to -1.
/// Returns the length of the message, which exceeds `capacity` when it was cut off; 0 at the end; -1 with errno.
ssize_t berth_receive(int socket, void *buffer, size_t capacity, int descriptors[2]);

/// Reads who connected. Returns 0, or -1 with errno.
int berth_peer(int socket, uint32_t *uid, int32_t *pid);

/// Returns the process's environment: pointers to KEY=VALUE, ended by a null pointer.
char *const *berth_environment(void);

/// Tells whether `needle`, a string, occurs in `bytes`.
int berth_contains(const void *bytes, size_t count, const char *needle);

#endif
