#include "CPluginSystem.h"

int berth_open_file(const char *path, int flags, mode_t mode) {
    return open(path, flags, mode);
}

int berth_is_file(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}
