#define _GNU_SOURCE
#include "CNftables.h"

// Before the kernel's header, which would otherwise declare the same names again.
#include <netinet/in.h>

#include <errno.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "namespace.h"

struct search {
    const char *table;
    const char *text;
};

// Asking for a table by getsockopt would make it.
static int table_exists(const char *table) {
    FILE *names = fopen("/proc/thread-self/net/ip_tables_names", "re");
    if (names == NULL) return 0;
    char line[XT_TABLE_MAXNAMELEN + 2];
    int found = 0;
    while (!found && fgets(line, sizeof line, names) != NULL) {
        line[strcspn(line, "\n")] = 0;
        found = strcmp(line, table) == 0;
    }
    fclose(names);
    return found;
}

static int search_entries(int socket, const struct search *search) {
    struct ipt_getinfo summary = {0};
    strncpy(summary.name, search->table, sizeof summary.name - 1);
    socklen_t length = sizeof summary;
    if (getsockopt(socket, IPPROTO_IP, IPT_SO_GET_INFO, &summary, &length) != 0) return -errno;
    length = (socklen_t)(sizeof(struct ipt_get_entries) + summary.size);
    struct ipt_get_entries *entries = calloc(1, length);
    if (entries == NULL) return -ENOMEM;
    memcpy(entries->name, summary.name, sizeof entries->name);
    entries->size = summary.size;
    int result = -EAGAIN;
    // EAGAIN: the table was replaced between the two calls.
    if (getsockopt(socket, IPPROTO_IP, IPT_SO_GET_ENTRIES, entries, &length) != 0) {
        result = -errno;
    } else {
        result = memmem(entries->entrytable, entries->size, search->text, strlen(search->text) + 1) != NULL;
    }
    free(entries);
    return result;
}

static int run_search(void *argument) {
    const struct search *search = argument;
    if (!table_exists(search->table)) return 0;
    // Any socket of IPv4 does; a raw one would take CAP_NET_RAW, which a daemon has no other use for.
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int result = search_entries(descriptor, search);
    close(descriptor);
    return result;
}

int berth_legacy_table_holds(int netns, const char *table, const char *text) {
    struct search work = {.table = table, .text = text};
    return berth_nft_run_in(netns, run_search, &work);
}
