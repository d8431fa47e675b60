#define _GNU_SOURCE
#include "requests.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MTU = 9001,
    ORIGIN = 190,
    TO_POD_PRIORITY = 512,
    // A pod's namespace is fresh: beside loopback nothing has an index.
    POD_INDEX = 2,
    // Far above what the kernel counts up to while a benchmark runs.
    HOST_INDEX_BASE = 0x40000000,
};

struct batch {
    char bytes[4096] __attribute__((aligned(8)));
    size_t length;
    uint32_t count;
};

static void *put(struct batch *batch, const void *bytes, size_t length) {
    char *place = batch->bytes + batch->length;
    memset(place, 0, NLMSG_ALIGN(length));
    if (bytes) memcpy(place, bytes, length);
    batch->length += NLMSG_ALIGN(length);
    return place;
}

static struct nlmsghdr *begin(struct batch *batch, uint16_t type, uint16_t flags, const void *body, size_t length) {
    struct nlmsghdr header = {
        .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags, .nlmsg_seq = ++batch->count};
    struct nlmsghdr *place = put(batch, &header, sizeof header);
    put(batch, body, length);
    return place;
}

static void end(struct batch *batch, struct nlmsghdr *header) {
    header->nlmsg_len = (uint32_t)(batch->bytes + batch->length - (char *)header);
}

static struct rtattr *attribute(struct batch *batch, uint16_t type, const void *bytes, size_t length) {
    struct rtattr head = {.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(length)};
    struct rtattr *place = put(batch, &head, sizeof head);
    if (length > 0) put(batch, bytes, length);
    return place;
}

static void number(struct batch *batch, uint16_t type, uint32_t value) {
    attribute(batch, type, &value, sizeof value);
}

static void close_nest(struct batch *batch, struct rtattr *nest) {
    nest->rta_len = (uint16_t)(batch->bytes + batch->length - (char *)nest);
}

// One write for all, one read for each answer. The first refusal counts.
static int exchange(int socket, struct batch *batch) {
    if (send(socket, batch->bytes, batch->length, 0) < 0) return errno;
    int first = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        char answer[512];
        ssize_t length;
        do length = recv(socket, answer, sizeof answer, 0);
        while (length < 0 && errno == EINTR);
        if (length < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))) return length < 0 ? errno : EPROTO;
        int error = -((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error;
        if (first == 0) first = error;
    }
    return first;
}

static void make_name(char name[IFNAMSIZ], const struct pod *pod) {
    snprintf(name, IFNAMSIZ, "eni%08x", pod->number);
}

static void make_mac(uint8_t mac[6], const struct pod *pod, uint8_t end) {
    mac[0] = 0x02;
    mac[1] = end;
    memcpy(mac + 2, &pod->number, 4);
}

static void describe_end(struct batch *batch, const char *name, const uint8_t mac[6]) {
    attribute(batch, IFLA_IFNAME, name, strlen(name) + 1);
    attribute(batch, IFLA_ADDRESS, mac, 6);
    number(batch, IFLA_MTU, MTU);
    number(batch, IFLA_NUM_TX_QUEUES, 1);
    number(batch, IFLA_NUM_RX_QUEUES, 1);
}

static void add_veth(struct batch *batch, const struct pod *pod, const char *name, int index) {
    uint8_t near[6], far[6];
    make_mac(near, pod, 0);
    make_mac(far, pod, 1);
    struct ifinfomsg link = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct ifinfomsg peer = {.ifi_index = POD_INDEX};
    struct nlmsghdr *header = begin(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    describe_end(batch, name, near);
    struct rtattr *kind = attribute(batch, IFLA_LINKINFO, NULL, 0);
    attribute(batch, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = attribute(batch, IFLA_INFO_DATA, NULL, 0);
    struct rtattr *end_ = attribute(batch, VETH_INFO_PEER, NULL, 0);
    put(batch, &peer, sizeof peer);
    describe_end(batch, "eth0", far);
    number(batch, IFLA_NET_NS_FD, (uint32_t)pod->netns);
    close_nest(batch, end_);
    close_nest(batch, data);
    close_nest(batch, kind);
    end(batch, header);
}

static void add_alias(struct batch *batch, const struct pod *pod, int index) {
    char alias[256];
    int length = snprintf(alias, sizeof alias, "berth:%064x/eth0/floor/bench/pod-%08x", pod->number, pod->number);
    struct ifinfomsg link = {.ifi_index = index};
    struct nlmsghdr *header = begin(batch, RTM_NEWLINK, 0, &link, sizeof link);
    attribute(batch, IFLA_IFALIAS, alias, (size_t)length);
    end(batch, header);
}

static void host_route(struct batch *batch, uint16_t type, uint16_t flags, uint32_t address, int index) {
    struct rtmsg route = {
        .rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = ORIGIN,
        .rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST};
    struct nlmsghdr *header = begin(batch, type, flags, &route, sizeof route);
    attribute(batch, RTA_DST, &address, sizeof address);
    number(batch, RTA_OIF, (uint32_t)index);
    end(batch, header);
}

static void rule(struct batch *batch, uint16_t type, uint16_t flags, const struct pod *pod) {
    struct fib_rule_hdr rule_ = {.family = AF_INET, .dst_len = 32, .table = RT_TABLE_MAIN, .action = FR_ACT_TO_TBL};
    uint8_t origin = ORIGIN;
    struct nlmsghdr *header = begin(batch, type, flags, &rule_, sizeof rule_);
    attribute(batch, FRA_DST, &pod->address, sizeof pod->address);
    number(batch, FRA_PRIORITY, TO_POD_PRIORITY);
    attribute(batch, FRA_PROTOCOL, &origin, 1);
    end(batch, header);
}

static void add_address(struct batch *batch, const struct pod *pod) {
    struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = POD_INDEX};
    struct nlmsghdr *header = begin(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address, sizeof address);
    attribute(batch, IFA_LOCAL, &pod->address, sizeof pod->address);
    attribute(batch, IFA_ADDRESS, &pod->address, sizeof pod->address);
    end(batch, header);
}

static void add_default_route(struct batch *batch, uint32_t gateway) {
    struct rtmsg route = {
        .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = ORIGIN, .rtm_scope = RT_SCOPE_UNIVERSE,
        .rtm_type = RTN_UNICAST};
    struct nlmsghdr *header = begin(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
    attribute(batch, RTA_GATEWAY, &gateway, sizeof gateway);
    number(batch, RTA_OIF, POD_INDEX);
    end(batch, header);
}

static void add_neighbour(struct batch *batch, const struct pod *pod, uint32_t gateway) {
    uint8_t near[6];
    make_mac(near, pod, 0);
    struct ndmsg neighbour = {.ndm_family = AF_INET, .ndm_ifindex = POD_INDEX, .ndm_state = NUD_PERMANENT};
    struct nlmsghdr *header = begin(batch, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, &neighbour, sizeof neighbour);
    attribute(batch, NDA_DST, &gateway, sizeof gateway);
    attribute(batch, NDA_LLADDR, near, sizeof near);
    end(batch, header);
}

static void change_link(struct batch *batch, struct ifinfomsg link, uint32_t group) {
    link.ifi_change = IFF_UP;
    struct nlmsghdr *header = begin(batch, RTM_NEWLINK, 0, &link, sizeof link);
    if (group != 0) number(batch, IFLA_GROUP, group);
    end(batch, header);
}

int floor_wire(int host, const struct pod *pod) {
    char name[IFNAMSIZ];
    make_name(name, pod);
    int index = HOST_INDEX_BASE + (int)(pod->number & 0xffffff);
    struct batch node = {0}, inside = {0};
    add_veth(&node, pod, name, index);
    add_alias(&node, pod, index);
    host_route(&node, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, pod->address, index);
    rule(&node, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, pod);
    int error = exchange(host, &node);
    if (error != 0) return error;
    uint32_t gateway = htonl(0xa9fe0101);
    change_link(&inside, (struct ifinfomsg){.ifi_index = POD_INDEX, .ifi_flags = IFF_UP}, 0);
    add_address(&inside, pod);
    host_route(&inside, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, gateway, POD_INDEX);
    add_default_route(&inside, gateway);
    add_neighbour(&inside, pod, gateway);
    return exchange(pod->netlink, &inside);
}

int floor_unwire(int host, const struct pod *pod) {
    int index = HOST_INDEX_BASE + (int)(pod->number & 0xffffff);
    struct batch node = {0};
    host_route(&node, RTM_DELROUTE, 0, pod->address, index);
    rule(&node, RTM_DELRULE, 0, pod);
    change_link(&node, (struct ifinfomsg){.ifi_index = index}, FLOOR_DOOMED_GROUP);
    return exchange(host, &node);
}

int floor_reap(int host) {
    struct batch node = {0};
    struct ifinfomsg link = {0};
    struct nlmsghdr *header = begin(&node, RTM_DELLINK, 0, &link, sizeof link);
    number(&node, IFLA_GROUP, FLOOR_DOOMED_GROUP);
    end(&node, header);
    return exchange(host, &node);
}
