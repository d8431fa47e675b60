/*
 What the floor's plugin sends its daemon: one SOCK_SEQPACKET message of the command (one letter), eight hexadecimal digits
 that number the pod, and the configuration from standard input, with the pod's namespace and a routing-netlink socket
 opened inside it as SCM_RIGHTS when the command is ADD. The reply is what the plugin prints.
 */
#ifndef FLOOR_FRAME_H
#define FLOOR_FRAME_H

enum {
    FLOOR_NUMBER_DIGITS = 8,
    FLOOR_HEAD_BYTES = 1 + FLOOR_NUMBER_DIGITS,
    FLOOR_FRAME_BYTES_MAX = 64 * 1024,
};

#endif
