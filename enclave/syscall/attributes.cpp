#include "enclave/syscall/attributes.h"

#include "enclave/syscall/target.h"

#include <linux/xattr.h>

namespace farl {

namespace {

Result<String> read_name(UserString name)
{
    auto text = name.read(XATTR_NAME_MAX + 1);
    if (text.is_error())
        return text.error() == Errno::Enametoolong ? Errno::Erange : text.error();
    if (text.value().is_empty())
        return Errno::Erange;
    return text;
}

Result<size_t> get(Target const& target, UserString name, UserBytes value, size_t size)
{
    return target.get_attribute(TRY(read_name(name)), TRY(user_sink(value, size)));
}

Result<> set(Target const& target, UserString name, UserBytes value, size_t size, int flags)
{
    if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
        return Errno::Einval;
    if (size > XATTR_SIZE_MAX)
        return Errno::E2big;
    return target.set_attribute(TRY(read_name(name)), TRY(user_source(value, size)), flags);
}

Result<size_t> list(Target const& target, UserBytes names, size_t size)
{
    return target.list_attributes(TRY(user_sink(names, size)));
}

Result<> remove(Target const& target, UserString name) { return target.remove_attribute(TRY(read_name(name))); }

} // namespace

// getxattr(2)
Result<size_t> sys_getxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size)
{
    return get(TRY(Target::of_path(caller, path, Follow::Yes)), name, value, size);
}

// lgetxattr(2)
Result<size_t> sys_lgetxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size)
{
    return get(TRY(Target::of_path(caller, path, Follow::No)), name, value, size);
}

// fgetxattr(2)
Result<size_t> sys_fgetxattr(Thread& caller, int fd, UserString name, UserBytes value, size_t size)
{
    return get(TRY(Target::of_descriptor(caller, fd, false)), name, value, size);
}

// setxattr(2)
Result<> sys_setxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size, int flags)
{
    return set(TRY(Target::of_path(caller, path, Follow::Yes)), name, value, size, flags);
}

// lsetxattr(2)
Result<> sys_lsetxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size, int flags)
{
    return set(TRY(Target::of_path(caller, path, Follow::No)), name, value, size, flags);
}

// fsetxattr(2)
Result<> sys_fsetxattr(Thread& caller, int fd, UserString name, UserBytes value, size_t size, int flags)
{
    return set(TRY(Target::of_descriptor(caller, fd, false)), name, value, size, flags);
}

// listxattr(2)
Result<size_t> sys_listxattr(Thread& caller, UserString path, UserBytes names, size_t size)
{
    return list(TRY(Target::of_path(caller, path, Follow::Yes)), names, size);
}

// llistxattr(2)
Result<size_t> sys_llistxattr(Thread& caller, UserString path, UserBytes names, size_t size)
{
    return list(TRY(Target::of_path(caller, path, Follow::No)), names, size);
}

// flistxattr(2)
Result<size_t> sys_flistxattr(Thread& caller, int fd, UserBytes names, size_t size)
{
    return list(TRY(Target::of_descriptor(caller, fd, false)), names, size);
}

// removexattr(2)
Result<> sys_removexattr(Thread& caller, UserString path, UserString name)
{
    return remove(TRY(Target::of_path(caller, path, Follow::Yes)), name);
}

// lremovexattr(2)
Result<> sys_lremovexattr(Thread& caller, UserString path, UserString name)
{
    return remove(TRY(Target::of_path(caller, path, Follow::No)), name);
}

// fremovexattr(2)
Result<> sys_fremovexattr(Thread& caller, int fd, UserString name)
{
    return remove(TRY(Target::of_descriptor(caller, fd, false)), name);
}

} // namespace farl
