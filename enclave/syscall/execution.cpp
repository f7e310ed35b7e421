#include "enclave/process/program.h"
#include "enclave/process/script.h"
#include "enclave/syscall/process_calls.h"
#include "enclave/syscall/target.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr size_t kLongestString = 128 * 1024;  // MAX_ARG_STRLEN
constexpr size_t kMostBytes = 2 * 1024 * 1024; // a quarter of the stack

// A NULL-terminated array of strings, copied. E2BIG beyond what a stack could take.
Result<Vector<String>> read_strings(uint64_t address)
{
    Vector<String> strings;
    if (!address)
        return strings;
    size_t bytes = 0;
    for (size_t i = 0;; ++i) {
        auto text = TRY(UserIn<uint64_t> { address }.read(i));
        if (!text)
            return strings;
        auto string = read_user_string(text, kLongestString);
        if (string.is_error())
            return string.error() == Errno::Enametoolong ? Errno::E2big : string.error();
        bytes += string.value().size() + 1 + sizeof(uint64_t);
        if (bytes > kMostBytes)
            return Errno::E2big;
        TRY(strings.push(string.release_value()));
    }
}

Result<> execute(Thread& caller, String path, uint64_t argument_array, uint64_t environment_array)
{
    auto arguments = TRY(read_strings(argument_array));
    auto environment = TRY(read_strings(environment_array));
    if (arguments.is_empty())
        TRY(arguments.push(TRY(path.copy())));
    TRY(follow_script_lines(path, arguments));
    auto argument_views = TRY(views_of(arguments));
    auto environment_views = TRY(views_of(environment));
    return execute_program(caller, { path, argument_views.span(), environment_views.span() });
}

} // namespace

// execve(2)
Result<> sys_execve(Thread& caller, UserString path, uint64_t arguments, uint64_t environment)
{
    auto location = TRY(locate(caller, AT_FDCWD, path, Follow::Yes));
    return execute(caller, std::move(location.path), arguments, environment);
}

// execveat(2)
Result<> sys_execveat(
    Thread& caller, int directory, UserString path, uint64_t arguments, uint64_t environment, int flags)
{
    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return Errno::Einval;
    auto text = TRY(path.read());
    if (text.is_empty() && (flags & AT_EMPTY_PATH)) {
        auto file = TRY(caller.any_file(directory));
        return execute(caller, TRY(String::from(file->path())), arguments, environment);
    }
    auto follow = flags & AT_SYMLINK_NOFOLLOW ? Follow::No : Follow::Yes;
    auto location = TRY(locate(caller, directory, text, follow));
    return execute(caller, std::move(location.path), arguments, environment);
}

} // namespace farl
