// Which files a program will run code from: itself, its dynamic linker, the libraries it is linked to, and theirs.
// Best effort, without running anything: what is not found here (dlopen(3), audit modules) is only not patched.
#pragma once

#include "owner/launch/file_descriptor.h"
#include "owner/launch/root_directory.h"

#include <string>
#include <string_view>
#include <vector>

namespace farl::owner {

struct CodeFile {
    std::string path; // inside the root
    FileDescriptor file;
};

// `program` is the absolute path of an ELF file inside the root; `library_path` is the value of LD_LIBRARY_PATH that
// the program will have. Each file once, the program first. Empty if the program cannot be read.
std::vector<CodeFile> library_closure(
    RootDirectory const& root, std::string const& program, std::string_view library_path = {});

} // namespace farl::owner
