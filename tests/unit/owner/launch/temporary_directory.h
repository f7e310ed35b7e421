// A directory for one test, removed with all it holds at the end.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <string_view>

namespace farl {

class TemporaryDirectory {
public:
    TemporaryDirectory()
    {
        auto name = (std::filesystem::temp_directory_path() / "farl-test-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

    std::string path() const { return path_.string(); }
    // `name` may begin with a slash; directories on the way are made.
    void write(std::string_view name, std::string_view text, int mode = 0755) const
    {
        auto file = path_ / name.substr(name.starts_with('/') ? 1 : 0);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    }
    void link(std::string_view name, std::string_view target) const
    {
        auto file = path_ / name.substr(name.starts_with('/') ? 1 : 0);
        std::filesystem::create_directories(file.parent_path());
        std::filesystem::create_symlink(target, file);
    }

private:
    std::filesystem::path path_;
};

} // namespace farl
