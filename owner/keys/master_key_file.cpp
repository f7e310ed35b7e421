#include "owner/keys/key_file.h"
#include "owner/keys/master_key.h"
#include "owner/launch/user_error.h"

#include <cerrno>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

MasterKey MasterKey::load_or_create(std::string const& path)
{
    if (access(path.c_str(), F_OK) && errno == ENOENT)
        make_key_file(path, generate().key_); // if another process was faster, its key is read
    auto key = read_key_file(path);
    if (key.size() != kSize)
        throw UserError(kNotRunnable, fmt::format("{}: not a master key, which is a file of {} bytes", path, kSize));
    return MasterKey(std::move(key));
}

} // namespace farl::owner
