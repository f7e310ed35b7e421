#include "enclave/vfs/descriptor_table.h"

namespace farl {

DescriptorTable::Entry* DescriptorTable::find(int number)
{
    if (number < 0 || static_cast<size_t>(number) >= entries_.size())
        return nullptr;
    auto* entry = &entries_.data()[number];
    return entry->file ? entry : nullptr;
}

Result<> DescriptorTable::grow_to(int number)
{
    auto needed = static_cast<size_t>(number) + 1;
    if (needed <= entries_.size())
        return {};
    TRY(entries_.reserve(needed < 64 ? 64 : needed + needed / 2));
    return entries_.resize(needed);
}

Result<FileLease> DescriptorTable::get(int number, bool is_alone)
{
    if (is_alone) {
        if (auto* entry = find(number))
            return FileLease::borrow(*entry->file);
        return Errno::Ebadf;
    }
    LockGuard guard(lock_);
    auto* entry = find(number);
    if (!entry)
        return Errno::Ebadf;
    return FileLease(entry->file);
}

Result<int> DescriptorTable::add(Ref<File> file, bool close_on_exec, int from)
{
    LockGuard guard(lock_);
    auto number = from > lowest_free_ ? from : lowest_free_;
    while (find(number))
        ++number;
    if (number >= limit())
        return Errno::Emfile;
    TRY(grow_to(number));
    entries_[static_cast<size_t>(number)] = { std::move(file), close_on_exec };
    if (from <= lowest_free_)
        lowest_free_ = number + 1;
    return number;
}

Result<Ref<File>> DescriptorTable::replace(int number, Ref<File> file, bool close_on_exec)
{
    if (number < 0 || number >= limit())
        return Errno::Ebadf;
    LockGuard guard(lock_);
    TRY(grow_to(number));
    auto& entry = entries_[static_cast<size_t>(number)];
    auto old = std::move(entry.file);
    entry = { std::move(file), close_on_exec };
    return old;
}

Result<Ref<File>> DescriptorTable::remove(int number)
{
    LockGuard guard(lock_);
    auto* entry = find(number);
    if (!entry)
        return Errno::Ebadf;
    auto file = std::move(entry->file);
    entry->file = nullptr;
    if (number < lowest_free_)
        lowest_free_ = number;
    return file;
}

Result<bool> DescriptorTable::close_on_exec(int number)
{
    LockGuard guard(lock_);
    auto* entry = find(number);
    if (!entry)
        return Errno::Ebadf;
    return entry->close_on_exec;
}

Result<> DescriptorTable::set_close_on_exec(int number, bool value)
{
    LockGuard guard(lock_);
    auto* entry = find(number);
    if (!entry)
        return Errno::Ebadf;
    entry->close_on_exec = value;
    return {};
}

Result<Vector<int>> DescriptorTable::numbers(int first, int last)
{
    LockGuard guard(lock_);
    Vector<int> found;
    for (size_t i = static_cast<size_t>(first); i < entries_.size() && static_cast<int>(i) <= last; ++i)
        if (entries_[i].file)
            TRY(found.push(static_cast<int>(i)));
    return found;
}

} // namespace farl
