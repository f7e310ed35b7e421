#include "enclave/process/proc/files.h"

#include "enclave/net/socket.h"
#include "enclave/process/process.h"

namespace farl::proc {

namespace {

Result<Ref<File>> file_of(Node node)
{
    auto file = process().descriptors.get(static_cast<int>(node.last()));
    if (file.is_error())
        return Errno::Enoent;
    return Ref<File>(file.value());
}

// What has no path is shown by its kind and inode.
Result<String> describe(File& file)
{
    auto status = TRY(file.status());
    char buffer[48];
    Formatter text(buffer);
    if (S_ISFIFO(status.st_mode))
        text << "pipe:[" << status.st_ino << ']';
    else if (S_ISSOCK(status.st_mode))
        text << "socket:[" << status.st_ino << ']';
    else
        text << "anon_inode:[file]";
    return String::from(text.view());
}

} // namespace

bool is_descriptor(Node node) { return node.last() <= DescriptorTable::kHardLimit && file_of(node).is_ok(); }

Result<> list_descriptors(Node, Vector<uint64_t>& numbers)
{
    auto open = TRY(process().descriptors.numbers());
    for (auto number : open)
        TRY(numbers.push(static_cast<uint64_t>(number)));
    return {};
}

Result<String> descriptor_target(Node node)
{
    auto file = TRY(file_of(node));
    auto path = TRY(file->current_path());
    return path.is_empty() ? describe(*file) : std::move(path);
}

Result<Ref<File>> open_descriptor(Node node, uint32_t flags)
{
    auto file = TRY(file_of(node));
    return flags & O_PATH ? std::move(file) : file->reopen(flags);
}

Result<> descriptor_info(Node node, Text& text)
{
    auto file = TRY(file_of(node));
    auto position = file->seek(0, SEEK_CUR);
    auto status = TRY(file->status());
    bool closes = TRY(process().descriptors.close_on_exec(static_cast<int>(node.last())));
    text << "pos:\t" << (position.is_ok() ? position.value() : 0);
    (text << "\nflags:\t0").octal(file->status_flags() | (closes ? O_CLOEXEC : 0));
    text << "\nmnt_id:\t1\nino:\t" << status.st_ino << '\n';
    if (auto* socket = file->as_socket())
        text << TRY(socket->describe_shield()).view();
    return {};
}

} // namespace farl::proc
