#include "enclave/fs/synthetic/synthetic_file.h"

namespace farl {

Result<size_t> SyntheticFile::read_locked(uint64_t offset, Sink const& sink)
{
    if (!node_.text)
        return Errno::Einval;
    if (!is_made_ || offset == 0) {
        Text text;
        TRY(node_.text(captures_, text));
        text_ = TRY(text.take());
        is_made_ = true;
    }
    if (offset >= text_.size())
        return size_t { 0 };
    auto count = text_.size() - offset < sink.size() ? text_.size() - offset : sink.size();
    TRY(sink.copy_from(0, text_.data() + offset, count));
    return count;
}

Result<size_t> SyntheticFile::read(Sink const& sink)
{
    LockGuard guard(lock_);
    auto count = TRY(read_locked(offset_, sink));
    offset_ += count;
    return count;
}

Result<size_t> SyntheticFile::read_at(uint64_t offset, Sink const& sink)
{
    LockGuard guard(lock_);
    return read_locked(offset, sink);
}

Result<size_t> SyntheticFile::write(Source const& source)
{
    char text[128];
    if (!node_.write)
        return Errno::Einval;
    if (source.size() > sizeof(text))
        return Errno::Einval;
    TRY(source.copy_to(0, text, source.size()));
    TRY(node_.write(captures_, { text, source.size() }));
    return source.size();
}

Result<uint64_t> SyntheticFile::seek(int64_t offset, int whence)
{
    LockGuard guard(lock_);
    auto target = whence == SEEK_CUR ? static_cast<int64_t>(offset_) + offset : offset;
    if ((whence != SEEK_SET && whence != SEEK_CUR) || target < 0)
        return Errno::Einval;
    offset_ = static_cast<uint64_t>(target);
    return offset_;
}

Result<Ref<File>> SyntheticFile::reopen(uint32_t flags)
{
    auto file = TRY(make_ref<SyntheticFile>(file_system_, node_, captures_, flags));
    TRY(file->set_path(path()));
    return Ref<File>(std::move(file));
}

} // namespace farl
