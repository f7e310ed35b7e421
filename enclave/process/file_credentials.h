// The process's identity, as file systems ask for it.
#pragma once

namespace farl {

void provide_file_credentials(); // once, at start

} // namespace farl
