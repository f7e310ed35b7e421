// OutputFile: a new file that is written at offsets; what is not written is a hole. Throws UserError.
#pragma once

#include "owner/launch/file_descriptor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace farl::owner {

class OutputFile {
public:
    // It must not be there.
    static OutputFile create(std::string const& path);

    void write_at(uint64_t offset, std::span<std::byte const> bytes);
    void resize(uint64_t size);

private:
    OutputFile(FileDescriptor file, std::string const& path) : file_(std::move(file)), path_(path) { }

    FileDescriptor file_;
    std::string path_;
};

} // namespace farl::owner
