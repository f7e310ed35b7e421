#include "enclave/fs/tree/tree_file.h"

#include "enclave/fs/tree/node_origin.h"
#include "enclave/fs/tree/tree_file_system.h"
#include "enclave/fs/tree/tree_mapping.h"

#include <linux/falloc.h>
#include <sys/ioctl.h>

namespace farl {

namespace {

constexpr uint32_t kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
constexpr uint32_t kLargeFile = 0100000;
constexpr uint32_t kAnyWriteSeal = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;

Result<uint64_t> seek_target(TreeNode const& node, uint64_t position, int64_t offset, int whence)
{
    if (whence == SEEK_DATA || whence == SEEK_HOLE)
        return offset < 0 ? Result<uint64_t>(Errno::Enxio)
                          : node.contents->find(static_cast<uint64_t>(offset), whence == SEEK_DATA);
    if (whence < SEEK_SET || whence > SEEK_END)
        return Errno::Einval;
    uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : node.contents->size();
    auto target = checked_add(static_cast<int64_t>(base), offset);
    if (target.is_error() || target.value() < 0)
        return Errno::Einval;
    return static_cast<uint64_t>(target.value());
}

Result<> check_seals_for_resize(TreeNode const& node, uint64_t size)
{
    bool refused = (size < node.contents->size() && node.seals & F_SEAL_SHRINK)
        || (size > node.contents->size() && node.seals & F_SEAL_GROW);
    return refused ? Errno::Eperm : Result<> {};
}

} // namespace

Result<size_t> TreeFile::read(Sink const& sink)
{
    LockGuard guard(node_->lock);
    auto count = TRY(reported(node_->contents->read(position_, sink), path()));
    position_ += count;
    return count;
}

Result<size_t> TreeFile::read_at(uint64_t offset, Sink const& sink)
{
    LockGuard guard(node_->lock);
    return reported(node_->contents->read(offset, sink), path());
}

Result<size_t> TreeFile::write_locked(uint64_t offset, Source const& source)
{
    if (node_->seals & kAnyWriteSeal)
        return Errno::Eperm;
    if (source.size() == 0)
        return size_t { 0 };
    bool grows = offset + source.size() > node_->contents->size();
    if (grows && node_->seals & F_SEAL_GROW)
        return Errno::Eperm;
    auto count = TRY(reported(node_->contents->write(offset, source), path()));
    drop_privileges(*node_);
    node_->note_change(true);
    return count;
}

// O_SYNC, O_DSYNC
Result<size_t> TreeFile::finish_write(size_t count)
{
    if (status_flags() & O_DSYNC)
        TRY(node_->sync());
    else if (auto* origin = node_->origin())
        origin->after_write();
    return count;
}

Result<size_t> TreeFile::write(Source const& source)
{
    size_t count;
    {
        LockGuard guard(node_->lock);
        if (status_flags() & O_APPEND)
            position_ = node_->contents->size();
        count = TRY(write_locked(position_, source));
        position_ += count;
    }
    return finish_write(count);
}

// pwrite(2): with O_APPEND the offset does not count
Result<size_t> TreeFile::write_at(uint64_t offset, Source const& source)
{
    size_t count;
    {
        LockGuard guard(node_->lock);
        count = TRY(write_locked(status_flags() & O_APPEND ? node_->contents->size() : offset, source));
    }
    return finish_write(count);
}

Result<size_t> TreeFile::append(Source const& source, bool moves_position)
{
    size_t count;
    {
        LockGuard guard(node_->lock);
        auto end = node_->contents->size();
        count = TRY(write_locked(end, source));
        position_ = moves_position ? end + count : position_;
    }
    return finish_write(count);
}

// FIONREAD: what lies between the position and the end, negative behind it.
Result<uint64_t> TreeFile::control(uint64_t request, uint64_t argument)
{
    if (request != FIONREAD)
        return Errno::Enotty;
    auto size = TRY(status()).st_size;
    auto position = static_cast<int64_t>(TRY(seek(0, SEEK_CUR)));
    TRY(UserOut<int> { argument }.write(static_cast<int>(size - position)));
    return uint64_t { 0 };
}

Result<uint64_t> TreeFile::seek(int64_t offset, int whence)
{
    LockGuard guard(node_->lock);
    position_ = TRY(seek_target(*node_, position_, offset, whence));
    return position_;
}

Result<> TreeFile::truncate(uint64_t size)
{
    LockGuard guard(node_->lock);
    TRY(check_seals_for_resize(*node_, size));
    TRY(reported(node_->contents->resize(size), path()));
    drop_privileges(*node_);
    node_->note_change(true);
    return {};
}

// fallocate(2): what tmpfs can do
Result<> TreeFile::allocate(int mode, uint64_t offset, uint64_t size)
{
    constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    LockGuard guard(node_->lock);
    if (mode == kPunch)
        return node_->seals & kAnyWriteSeal ? Errno::Eperm : node_->contents->clear(offset, size);
    if (mode & ~FALLOC_FL_KEEP_SIZE)
        return Errno::Eopnotsupp;
    auto end = offset + size;
    bool grows = end > node_->contents->size() && !(mode & FALLOC_FL_KEEP_SIZE);
    if (grows)
        TRY(check_seals_for_resize(*node_, end));
    TRY(node_->contents->reserve(offset, size));
    return grows ? node_->contents->resize(end) : Result<> {};
}

Result<> TreeFile::lock_record(int command, struct flock& lock)
{
    auto* locks = TRY(node_->provide_locks());
    auto from_start = lock;
    {
        LockGuard guard(node_->lock);
        from_start.l_start = static_cast<off_t>(TRY(seek_target(*node_, position_, lock.l_start, lock.l_whence)));
    }
    TRY(locks->lock_record(*this, command, from_start));
    if (from_start.l_type == F_UNLCK)
        lock.l_type = F_UNLCK;
    else
        lock = from_start;
    return {};
}

Result<uint64_t> TreeFile::seals()
{
    LockGuard guard(node_->lock);
    return uint64_t { node_->seals };
}

Result<> TreeFile::add_seals(uint32_t seals)
{
    constexpr uint32_t kKnown =
        F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | 0x20; // F_SEAL_EXEC
    if (!is_writable())
        return Errno::Eperm;
    if (seals & ~kKnown)
        return Errno::Einval;
    LockGuard guard(node_->lock);
    if (node_->seals & F_SEAL_SEAL)
        return Errno::Eperm;
    node_->seals |= seals;
    return {};
}

Result<Ref<MappedObject>> TreeFile::mapping() { return Ref<MappedObject>(TRY(TreeMapping::create(node_, path()))); }

Result<Ref<File>> TreeFile::reopen(uint32_t flags)
{
    if (!(flags & O_PATH)) {
        LockGuard guard(node_->lock);
        TRY(check_permission(*node_, caller_credentials(), permission_for(flags)));
    }
    TRY(node_->provide_contents());
    auto file = TRY(make_ref<TreeFile>(node_, (flags & ~kOpenOnly) | kLargeFile));
    TRY(file->set_path(path()));
    if (flags & O_TRUNC)
        TRY(file->truncate(0));
    return Ref<File>(std::move(file));
}

Result<String> TreeFile::current_path()
{
    auto path = TRY(String::from(this->path()));
    LockGuard guard(node_->lock);
    if (node_->links == 0)
        TRY(path.append(" (deleted)"));
    return path;
}

Result<String> TreeDirectory::current_path() { return tree_.path_of(*node_, path()); }

Result<> TreeDirectory::list(DirectoryEntries& entries)
{
    LockGuard guard(node_->lock);
    return node_->links ? node_->list(entries) : Errno::Enoent;
}

} // namespace farl
