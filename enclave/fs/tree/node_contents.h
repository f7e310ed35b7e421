// NodeContents: the bytes of a regular file in a tree. Not locked: its node's lock is. EBADMSG, where anything stored
// is needed that is not what was stored there: whoever knows the file's name has to report that.
#pragma once

#include "enclave/memory/buffers.h"

namespace farl {

class NodeContents {
public:
    virtual ~NodeContents() = default;

    virtual uint64_t size() const = 0;
    virtual uint64_t allocated_bytes() const = 0;
    // Short at the end.
    virtual Result<size_t> read(uint64_t offset, Sink const& sink) = 0;
    // Whole, or short where memory ends or the source faults; ENOSPC, EFAULT or EFBIG if nothing fitted.
    virtual Result<size_t> write(uint64_t offset, Source const& source) = 0;
    virtual Result<> resize(uint64_t size) = 0;
    // The bytes become zero; whole blocks become holes.
    virtual Result<> clear(uint64_t offset, uint64_t size) = 0;
    // Room for the range now instead of later.
    virtual Result<> reserve(uint64_t offset, uint64_t size) = 0;
    // lseek(2) SEEK_DATA and SEEK_HOLE: ENXIO at or behind the end.
    virtual Result<uint64_t> find(uint64_t offset, bool data) = 0;
};

// A part of one block.
struct BlockPiece {
    uint64_t block;
    size_t within;
    size_t size;
};

inline BlockPiece piece_at(uint64_t offset, uint64_t wanted)
{
    auto const within = offset % kPageSize;
    return { offset / kPageSize, within, kPageSize - within < wanted ? kPageSize - within : wanted };
}

// Calls move(piece, done) -> Result<size_t> for one block after the other, until one comes short. How much was moved,
// or the first piece's error.
template <typename Move>
Result<size_t> move_by_blocks(uint64_t offset, uint64_t total, Move&& move)
{
    size_t done = 0;
    while (done < total) {
        auto const piece = piece_at(offset + done, total - done);
        auto moved = move(piece, done);
        if (moved.is_error() && !done)
            return moved.error();
        done += moved.is_ok() ? moved.value() : 0;
        if (moved.is_error() || moved.value() < piece.size)
            break;
    }
    return done;
}

// For a program, and the log: EBADMSG is EIO, and one line that names the file.
Errno report_damage(Errno error, std::string_view path);
template <typename T>
Result<T> reported(Result<T> result, std::string_view path)
{
    if (result.is_error())
        return report_damage(result.error(), path);
    return result;
}

// Up to the first page that would fault; EFAULT if it is the first.
Result<size_t> copy_accessible(Source const& source, size_t offset, void* to, size_t size);

} // namespace farl
