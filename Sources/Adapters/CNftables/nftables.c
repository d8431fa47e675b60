#define _GNU_SOURCE
#include "CNftables.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "namespace.h"

struct commands {
    const char *text;
    char **output;
    char **error;
};

static int run_commands(void *argument) {
    const struct commands *commands = argument;
    // The context opens its socket here, so it belongs to the namespace that the thread is in.
    struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);
    if (context == NULL) return -ENOMEM;
    int result = -ENOMEM;
    if (nft_ctx_buffer_output(context) == 0 && nft_ctx_buffer_error(context) == 0) {
        nft_ctx_output_set_flags(context, NFT_CTX_OUTPUT_STATELESS);
        result = nft_run_cmd_from_buffer(context, commands->text) == 0 ? 0 : -EINVAL;
        *commands->output = strdup(nft_ctx_get_output_buffer(context));
        *commands->error = strdup(nft_ctx_get_error_buffer(context));
        if (*commands->output == NULL || *commands->error == NULL) result = -ENOMEM;
    }
    nft_ctx_free(context);
    return result;
}

int berth_nft_run(int netns, const char *commands, char **output, char **error) {
    *output = NULL;
    *error = NULL;
    struct commands work = {.text = commands, .output = output, .error = error};
    return berth_nft_run_in(netns, run_commands, &work);
}

struct dump {
    uint8_t message;
    uint8_t family;
    const char *table;
    const char *chain;
    uint8_t **bytes;
    size_t *length;
};

struct request {
    struct nlmsghdr header;
    struct nfgenmsg family;
    uint8_t attributes[2 * (NLA_HDRLEN + NLA_ALIGN(NFT_NAME_MAXLEN))];
};

static int put_name(struct request *request, uint16_t type, const char *name) {
    if (name == NULL) return 0;
    size_t length = strlen(name) + 1;
    if (length > NFT_NAME_MAXLEN) return -ENAMETOOLONG;
    struct nlattr attribute = {.nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = type};
    uint8_t *end = (uint8_t *)request + request->header.nlmsg_len;
    memcpy(end, &attribute, sizeof attribute);
    memcpy(end + NLA_HDRLEN, name, length);
    request->header.nlmsg_len += (uint32_t)(NLA_HDRLEN + NLA_ALIGN(length));
    return 0;
}

// More than any node has, so that a kernel that never ends its answer does not take all memory.
enum { answers_bytes_max = 64 << 20, answer_bytes_max = 64 << 10, answer_seconds_max = 5 };

static int append(const struct dump *dump, const struct nlmsghdr *message) {
    size_t length = NLMSG_ALIGN(message->nlmsg_len);
    if (*dump->length + length > answers_bytes_max) return -EMSGSIZE;
    uint8_t *bytes = realloc(*dump->bytes, *dump->length + length);
    if (bytes == NULL) return -ENOMEM;
    memcpy(bytes + *dump->length, message, message->nlmsg_len);
    *dump->bytes = bytes;
    *dump->length += length;
    return 0;
}

// Returns 1 when the answer goes on.
static int take(const struct dump *dump, const uint8_t *buffer, int count) {
    const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
    for (; NLMSG_OK(message, (unsigned)count); message = NLMSG_NEXT(message, count)) {
        // Somebody changed the rules in between: what was read is of two states.
        if (message->nlmsg_flags & NLM_F_DUMP_INTR) return -EAGAIN;
        if (message->nlmsg_type == NLMSG_DONE) return 0;
        if (message->nlmsg_type == NLMSG_ERROR) return ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
        int result = append(dump, message);
        if (result != 0) return result;
    }
    return 1;
}

static int receive_answers(int socket, const struct dump *dump) {
    uint8_t *buffer = malloc(answer_bytes_max);
    if (buffer == NULL) return -ENOMEM;
    int result = 1;
    while (result == 1) {
        ssize_t count = recv(socket, buffer, answer_bytes_max, 0);
        if (count < 0 && errno == EINTR) continue;
        result = count < 0 ? -errno : take(dump, buffer, (int)count);
    }
    free(buffer);
    return result;
}

static int run_dump(void *argument) {
    const struct dump *dump = argument;
    struct request request = {
        .header = {
            .nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg)),
            .nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | dump->message,
            .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
        },
        .family = {.nfgen_family = dump->family, .version = NFNETLINK_V0},
    };
    int result = put_name(&request, NFTA_RULE_TABLE, dump->table);
    if (result == 0) result = put_name(&request, NFTA_RULE_CHAIN, dump->chain);
    if (result != 0) return result;
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (descriptor < 0) return -errno;
    struct timeval bound = {.tv_sec = answer_seconds_max};
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound) != 0
        || send(descriptor, &request, request.header.nlmsg_len, 0) < 0) {
        result = -errno;
    } else {
        result = receive_answers(descriptor, dump);
    }
    close(descriptor);
    return result;
}

int berth_nft_dump(
    int netns, uint8_t message, uint8_t family, const char *table, const char *chain, uint8_t **bytes, size_t *length) {
    *bytes = NULL;
    *length = 0;
    struct dump work = {.message = message, .family = family, .table = table, .chain = chain, .bytes = bytes, .length = length};
    return berth_nft_run_in(netns, run_dump, &work);
}

static int run_listen(void *argument) {
    (void)argument;
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    if (descriptor < 0) return -errno;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1u << (NFNLGRP_NFTABLES - 1)};
    if (bind(descriptor, (const struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

int berth_nft_listen(int netns) { return berth_nft_run_in(netns, run_listen, NULL); }
