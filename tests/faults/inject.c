/* Lets a chosen system call below chosen directories fail, in every program of a build.

   For LD_PRELOAD. VESSEL_INJECT names a file of one `struct control`, which all programs map, so
   that calls are counted over all of them. The classes and errors are those of injector.py.
   A program that is linked statically, as Go's are, does not come by here. Nor does what the C
   library calls for itself, such as fopen(3). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum class { WRITE, OPEN, NAME, SYNC, MKDIR, SIZE, CLOSE, MODE, REMOVE, READ, CLASSES };
/* Instead of an errno. The last two kill: whoever calls, and the front door of the build. */
enum { SHORT = -1, SLOW = -2, KILL = -3, KILL_DOOR = -4 };
enum { PLACES = 4, ROOM = 1024, PAUSE = 300 /* ms */ };

struct control {
    int32_t class;       /* which class fails, or -1 */
    int32_t error;       /* an errno, or one of those below 0 */
    uint32_t from, to;   /* of its calls, the first counted as 1: those that fail */
    atomic_uint counts[CLASSES];
    atomic_uint hits;
    char call[32];       /* the first that failed, and of which path */
    char path[ROOM];
    char places[PLACES][ROOM];
};

static struct control *control;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("VESSEL_INJECT");
    int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *found = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (found != MAP_FAILED)
        control = found;
}

static int is_below(const char *path) {
    for (int i = 0; i < PLACES; i++) {
        size_t length = strlen(control->places[i]);
        if (length && !strncmp(path, control->places[i], length)
            && (path[length] == '/' || !path[length]))
            return 1;
    }
    return 0;
}

/* Whether this call of a class is to fail, or to be cut or slow. */
static int strikes(enum class class, const char *call, const char *path) {
    if (!is_below(path))
        return 0;
    unsigned number = atomic_fetch_add(&control->counts[class], 1) + 1;
    if ((int)class != control->class || number < control->from || number > control->to)
        return 0;
    if (atomic_fetch_add(&control->hits, 1) == 0) {
        snprintf(control->call, sizeof control->call, "%s", call);
        snprintf(control->path, sizeof control->path, "%s", path);
    }
    if (control->error == KILL)
        kill(getpid(), SIGKILL);
    if (control->error == KILL_DOOR) {
        const char *door = getenv("VESSEL_FRONT_DOOR");
        if (door && atoi(door) > 1)
            kill(atoi(door), SIGKILL);
        return 0;
    }
    if (control->error == SLOW) {
        struct timespec pause = {0, PAUSE * 1000000L};
        nanosleep(&pause, NULL);
        return 0;
    }
    return 1;
}

static int of_descriptor(enum class class, const char *call, int descriptor) {
    char link[64], path[ROOM];
    int before = errno;
    if (!control)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    return strikes(class, call, path);
}

static int of_path(enum class class, const char *call, int directory, const char *name) {
    char link[64], path[ROOM] = "", whole[2 * ROOM];
    int before = errno;
    if (!control || !name)
        return 0;
    if (name[0] == '/')
        return strikes(class, call, name);
    if (directory == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return 0;
    snprintf(whole, sizeof whole, "%s/%s", path, name);
    return strikes(class, call, whole);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL do { errno = control->error; return -1; } while (0)

/* -- writing: an error, or half of what was asked for ------------------------------------------ */

#define MOVED(name, descriptor, size, arguments, halved) \
    if (of_descriptor(WRITE, #name, descriptor)) { \
        if (control->error != SHORT) FAIL; \
        if ((size) > 1) return NEXT(name) halved; \
    } \
    return NEXT(name) arguments

ssize_t write(int fd, const void *data, size_t size) {
    MOVED(write, fd, size, (fd, data, size), (fd, data, size / 2));
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    MOVED(pwrite, fd, size, (fd, data, size, at), (fd, data, size / 2, at));
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    MOVED(pwrite64, fd, size, (fd, data, size, at), (fd, data, size / 2, at));
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    MOVED(writev, fd, (size_t)count, (fd, parts, count), (fd, parts, count / 2));
}
ssize_t copy_file_range(int from, off64_t *start, int to, off64_t *at, size_t size, unsigned flags) {
    MOVED(copy_file_range, to, size, (from, start, to, at, size, flags),
          (from, start, to, at, size / 2, flags));
}
ssize_t sendfile(int to, int from, off_t *start, size_t size) {
    MOVED(sendfile, to, size, (to, from, start, size), (to, from, start, size / 2));
}
ssize_t sendfile64(int to, int from, off64_t *start, size_t size) {
    MOVED(sendfile64, to, size, (to, from, start, size), (to, from, start, size / 2));
}

/* -- reading ----------------------------------------------------------------------------------- */

ssize_t read(int fd, void *data, size_t size) {
    if (of_descriptor(READ, "read", fd)) {
        if (control->error != SHORT) FAIL;
        if (size > 1) return NEXT(read)(fd, data, size / 2);
    }
    return NEXT(read)(fd, data, size);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    if (of_descriptor(READ, "pread64", fd)) {
        if (control->error != SHORT) FAIL;
        if (size > 1) return NEXT(pread64)(fd, data, size / 2, at);
    }
    return NEXT(pread64)(fd, data, size, at);
}

/* -- opening for writing ----------------------------------------------------------------------- */

#define WRITES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT))
#define MODE_OF(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }
#define OPEN_LIKE(name) \
    int name(const char *path, int flags, ...) { \
        MODE_OF(flags) \
        if (WRITES(flags) && of_path(OPEN, #name, AT_FDCWD, path)) FAIL; \
        return NEXT(name)(path, flags, mode); \
    }
#define OPENAT_LIKE(name) \
    int name(int directory, const char *path, int flags, ...) { \
        MODE_OF(flags) \
        if (WRITES(flags) && of_path(OPEN, #name, directory, path)) FAIL; \
        return NEXT(name)(directory, path, flags, mode); \
    }
OPEN_LIKE(open)
OPEN_LIKE(open64)
OPENAT_LIKE(openat)
OPENAT_LIKE(openat64)

/* -- the rest fails or does not ---------------------------------------------------------------- */

#define BY_DESCRIPTOR(class, name, declared, fd, arguments) \
    int name declared { \
        if (of_descriptor(class, #name, fd)) FAIL; \
        return NEXT(name) arguments; \
    }
#define BY_PATH(class, name, declared, directory, path, arguments) \
    int name declared { \
        if (of_path(class, #name, directory, path)) FAIL; \
        return NEXT(name) arguments; \
    }

BY_PATH(NAME, rename, (const char *a, const char *b), AT_FDCWD, b, (a, b))
BY_PATH(NAME, renameat, (int i, const char *a, int j, const char *b), j, b, (i, a, j, b))
BY_PATH(NAME, renameat2, (int i, const char *a, int j, const char *b, unsigned f), j, b,
        (i, a, j, b, f))
BY_PATH(NAME, link, (const char *a, const char *b), AT_FDCWD, b, (a, b))
BY_PATH(NAME, linkat, (int i, const char *a, int j, const char *b, int f), j, b, (i, a, j, b, f))
BY_PATH(NAME, symlink, (const char *a, const char *b), AT_FDCWD, b, (a, b))
BY_PATH(NAME, symlinkat, (const char *a, int j, const char *b), j, b, (a, j, b))

BY_DESCRIPTOR(SYNC, fsync, (int fd), fd, (fd))
BY_DESCRIPTOR(SYNC, fdatasync, (int fd), fd, (fd))
BY_DESCRIPTOR(SYNC, syncfs, (int fd), fd, (fd))

BY_PATH(MKDIR, mkdir, (const char *path, mode_t mode), AT_FDCWD, path, (path, mode))
BY_PATH(MKDIR, mkdirat, (int i, const char *path, mode_t mode), i, path, (i, path, mode))

BY_DESCRIPTOR(SIZE, ftruncate, (int fd, off_t size), fd, (fd, size))
BY_DESCRIPTOR(SIZE, ftruncate64, (int fd, off64_t size), fd, (fd, size))
BY_DESCRIPTOR(SIZE, fallocate, (int fd, int mode, off_t at, off_t size), fd, (fd, mode, at, size))
BY_DESCRIPTOR(SIZE, fallocate64, (int fd, int mode, off64_t at, off64_t size), fd,
              (fd, mode, at, size))
BY_PATH(SIZE, truncate, (const char *path, off_t size), AT_FDCWD, path, (path, size))
BY_PATH(SIZE, truncate64, (const char *path, off64_t size), AT_FDCWD, path, (path, size))

BY_PATH(MODE, chmod, (const char *path, mode_t mode), AT_FDCWD, path, (path, mode))
BY_DESCRIPTOR(MODE, fchmod, (int fd, mode_t mode), fd, (fd, mode))
BY_PATH(MODE, fchmodat, (int i, const char *path, mode_t mode, int f), i, path, (i, path, mode, f))
BY_PATH(MODE, lchown, (const char *path, uid_t u, gid_t g), AT_FDCWD, path, (path, u, g))
BY_DESCRIPTOR(MODE, fchown, (int fd, uid_t u, gid_t g), fd, (fd, u, g))
BY_PATH(MODE, fchownat, (int i, const char *path, uid_t u, gid_t g, int f), i, path,
        (i, path, u, g, f))
BY_DESCRIPTOR(MODE, futimens, (int fd, const struct timespec t[2]), fd, (fd, t))

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
    if (of_path(MODE, "utimensat", directory, path))
        FAIL;
    return NEXT(utimensat)(directory, path, times, flags);
}

BY_PATH(REMOVE, unlink, (const char *path), AT_FDCWD, path, (path))
BY_PATH(REMOVE, unlinkat, (int i, const char *path, int flags), i, path, (i, path, flags))
BY_PATH(REMOVE, rmdir, (const char *path), AT_FDCWD, path, (path))

/* Of what was written. It is closed all the same, as close(2) has it. */
int close(int fd) {
    int before = errno, flags = control ? fcntl(fd, F_GETFL) : O_RDONLY;
    int fails = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && of_descriptor(CLOSE, "close", fd);
    errno = before;
    int status = NEXT(close)(fd);
    if (fails && control->error > 0) FAIL;
    return status;
}
