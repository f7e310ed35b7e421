// Scripts: files that begin with "#!" (execve(2), "Interpreter scripts").
#pragma once

#include "base/string.h"

namespace farl {

// As long as `path` is a script, its interpreter takes its place, with the line's optional argument and the script's
// path in `arguments`, of which the first one goes. ENOEXEC for a line that names nothing; ELOOP.
Result<> follow_script_lines(String& path, Vector<String>& arguments);

} // namespace farl
