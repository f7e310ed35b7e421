// Files of this machine as streams. Throw UserError, which names the file.
#pragma once

#include "owner/launch/file_descriptor.h"
#include "owner/oci/byte_stream.h"

namespace farl::owner {

class FileSource final : public ByteSource {
public:
    // `path` is for messages.
    FileSource(FileDescriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) { }
    size_t read(std::span<std::byte> buffer) override;

private:
    FileDescriptor file_;
    std::string path_;
};

class FileSink final : public ByteSink {
public:
    FileSink(FileDescriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) { }
    void write(std::span<std::byte const> bytes) override;

private:
    FileDescriptor file_;
    std::string path_;
};

} // namespace farl::owner
