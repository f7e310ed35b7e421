// Extended attributes. Any file system that has none answers EOPNOTSUPP to an honest host's calls: then the attacks
// still see the calls, and what comes after them is not compared.
#include "tests/hostile/victim/victim.h"

#include <errno.h>
#include <sys/xattr.h>

enum { kSize = 40 };

static char* buffer;
static char const kName[] = "user.farl";

static void prepare(void)
{
    buffer = guarded(kSize);
    setxattr("file", kName, "value", 5, 0);
}

// What a file system without attributes says is as good as an answer.
static long lenient(long result) { return result < 0 && (errno == EOPNOTSUPP || errno == ENODATA) ? 0 : result; }

static long act_getxattr(void) { return lenient(getxattr("file", kName, buffer, kSize)); }
static long act_lgetxattr(void) { return lenient(lgetxattr("file", kName, buffer, kSize)); }
static long act_fgetxattr(void) { return lenient(fgetxattr(file, kName, buffer, kSize)); }
static long act_listxattr(void) { return lenient(listxattr("file", buffer, kSize)); }
static long act_llistxattr(void) { return lenient(llistxattr("file", buffer, kSize)); }
static long act_flistxattr(void) { return lenient(flistxattr(file, buffer, kSize)); }
static long act_setxattr(void) { return lenient(setxattr("file", kName, "value", 5, 0)); }
static long act_lsetxattr(void) { return lenient(lsetxattr("file", kName, "value", 5, 0)); }
static long act_fsetxattr(void) { return lenient(fsetxattr(file, kName, "value", 5, 0)); }
static long act_removexattr(void) { return lenient(removexattr("file", kName)); }
static long act_lremovexattr(void) { return lenient(lremovexattr("file", kName)); }
static long act_fremovexattr(void) { return lenient(fremovexattr(file, kName)); }

struct scenario const attribute_scenarios[] = {
    { "getxattr", prepare, act_getxattr, kSize },
    { "lgetxattr", prepare, act_lgetxattr, kSize },
    { "fgetxattr", prepare, act_fgetxattr, kSize },
    { "listxattr", prepare, act_listxattr, kSize },
    { "llistxattr", prepare, act_llistxattr, kSize },
    { "flistxattr", prepare, act_flistxattr, kSize },
    { "setxattr", prepare, act_setxattr, 0 },
    { "lsetxattr", prepare, act_lsetxattr, 0 },
    { "fsetxattr", prepare, act_fsetxattr, 0 },
    { "removexattr", prepare, act_removexattr, 0 },
    { "lremovexattr", prepare, act_lremovexattr, 0 },
    { "fremovexattr", prepare, act_fremovexattr, 0 },
    { 0 },
};
