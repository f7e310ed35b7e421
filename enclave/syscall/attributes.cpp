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

// A value as it goes out: the target is asked first, so that a buffer without room for it does not hide its errors.
Result<size_t> copy_out(Result<size_t> filled, Vector<char> const& bytes, UserBytes to)
{
    auto size = TRY(std::move(filled));
    if (!bytes.is_empty() && size)
        TRY(copy_to_user(to.address, bytes.data(), size));
    return size;
}

Result<Vector<char>> room_for(size_t size)
{
    Vector<char> room;
    TRY(room.resize(size < XATTR_SIZE_MAX ? size : XATTR_SIZE_MAX));
    return room;
}

Result<size_t> get(Target const& target, String const& name, UserBytes value, size_t size)
{
    auto room = TRY(room_for(size));
    return copy_out(target.get_attribute(name, Sink::of(room.data(), room.size())), room, value);
}

Result<size_t> list(Target const& target, UserBytes names, size_t size)
{
    auto room = TRY(room_for(size));
    return copy_out(target.list_attributes(Sink::of(room.data(), room.size())), room, names);
}

// What is to be set, read before the target is looked for.
struct Attribute {
    String name;
    Vector<char> value;
    int flags { 0 };

    static Result<Attribute> read(UserString name, UserBytes value, size_t size, int flags)
    {
        if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
            return Errno::Einval;
        Attribute attribute { TRY(read_name(name)), {}, flags };
        if (size > XATTR_SIZE_MAX)
            return Errno::E2big;
        TRY(attribute.value.resize(size));
        TRY(copy_from_user(attribute.value.data(), value.address, size));
        return attribute;
    }
    Result<> set_on(Target const& target) const
    {
        return target.set_attribute(name, Source::of(value.data(), value.size()), flags);
    }
};

} // namespace

// getxattr(2)
Result<size_t> sys_getxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size)
{
    auto attribute = TRY(read_name(name));
    return get(TRY(Target::of_path(caller, path, Follow::Yes)), attribute, value, size);
}

// lgetxattr(2)
Result<size_t> sys_lgetxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size)
{
    auto attribute = TRY(read_name(name));
    return get(TRY(Target::of_path(caller, path, Follow::No)), attribute, value, size);
}

// fgetxattr(2)
Result<size_t> sys_fgetxattr(Thread& caller, int fd, UserString name, UserBytes value, size_t size)
{
    auto attribute = TRY(read_name(name));
    return get(TRY(Target::of_descriptor(caller, fd, false)), attribute, value, size);
}

// setxattr(2)
Result<> sys_setxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size, int flags)
{
    auto attribute = TRY(Attribute::read(name, value, size, flags));
    return attribute.set_on(TRY(Target::of_path(caller, path, Follow::Yes)));
}

// lsetxattr(2)
Result<> sys_lsetxattr(Thread& caller, UserString path, UserString name, UserBytes value, size_t size, int flags)
{
    auto attribute = TRY(Attribute::read(name, value, size, flags));
    return attribute.set_on(TRY(Target::of_path(caller, path, Follow::No)));
}

// fsetxattr(2)
Result<> sys_fsetxattr(Thread& caller, int fd, UserString name, UserBytes value, size_t size, int flags)
{
    auto attribute = TRY(Attribute::read(name, value, size, flags));
    return attribute.set_on(TRY(Target::of_descriptor(caller, fd, false)));
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
    auto attribute = TRY(read_name(name));
    return TRY(Target::of_path(caller, path, Follow::Yes)).remove_attribute(attribute);
}

// lremovexattr(2)
Result<> sys_lremovexattr(Thread& caller, UserString path, UserString name)
{
    auto attribute = TRY(read_name(name));
    return TRY(Target::of_path(caller, path, Follow::No)).remove_attribute(attribute);
}

// fremovexattr(2)
Result<> sys_fremovexattr(Thread& caller, int fd, UserString name)
{
    auto attribute = TRY(read_name(name));
    return TRY(Target::of_descriptor(caller, fd, false)).remove_attribute(attribute);
}

} // namespace farl
