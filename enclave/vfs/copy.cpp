#include "enclave/vfs/copy.h"

namespace farl {

namespace {

constexpr size_t kPiece = 64 * 1024;

Result<size_t> read_piece(CopyEnd const& from, Vector<char>& buffer, size_t size)
{
    auto sink = Sink::of(buffer.data(), size);
    if (from.offset)
        return from.file.read_at(*from.offset, sink);
    auto peeked = from.file.is_pipe() ? from.file.peek(sink) : Errno::Einval;
    return peeked.is_ok() || peeked.error() != Errno::Einval ? std::move(peeked) : from.file.read(sink);
}

Result<size_t> write_piece(CopyEnd const& to, Vector<char> const& buffer, size_t size)
{
    auto source = Source::of(buffer.data(), size);
    return to.offset ? to.file.write_at(*to.offset, source) : to.file.write(source);
}

bool can_peek(File& file)
{
    char byte;
    return file.is_pipe() && file.peek(Sink::of(&byte, 0)).is_ok();
}

// After `written` of `taken` bytes arrived: the source stands behind those.
void settle(CopyEnd& from, bool was_peeked, Vector<char>& buffer, size_t taken, size_t written)
{
    if (from.offset)
        from.offset = *from.offset + written;
    else if (was_peeked)
        (void)from.file.read(Sink::of(buffer.data(), written));
    else if (written < taken)
        (void)from.file.seek(static_cast<int64_t>(written) - static_cast<int64_t>(taken), SEEK_CUR);
}

Result<size_t> copy_piece(CopyEnd& from, CopyEnd& to, Vector<char>& buffer, size_t size)
{
    bool peeks = !from.offset && can_peek(from.file);
    auto taken = TRY(read_piece(from, buffer, size));
    if (!taken)
        return taken;
    auto written = write_piece(to, buffer, taken);
    settle(from, peeks, buffer, taken, written.is_ok() ? written.value() : 0);
    if (written.is_ok() && to.offset)
        to.offset = *to.offset + written.value();
    return written;
}

} // namespace

Result<size_t> copy_once(CopyEnd& from, CopyEnd& to, size_t size)
{
    Vector<char> buffer;
    auto piece = size < kPiece ? size : kPiece;
    TRY(buffer.resize(piece));
    return copy_piece(from, to, buffer, piece);
}

Result<size_t> copy_between(CopyEnd& from, CopyEnd& to, size_t size)
{
    Vector<char> buffer;
    TRY(buffer.resize(size < kPiece ? size : kPiece));
    size_t done = 0;
    while (done < size) {
        auto wanted = size - done < kPiece ? size - done : kPiece;
        auto copied = copy_piece(from, to, buffer, wanted);
        if (copied.is_error() && !done)
            return copied.error();
        if (copied.is_error() || copied.value() == 0)
            break;
        done += copied.value();
    }
    return done;
}

} // namespace farl
