#include "tests/rewrite/patched_elf.h"

#include "base/checked.h"
#include "enclave/loader/patch.h"
#include "owner/rewrite/analysis.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace farl::test {

namespace {

constexpr uint64_t kThunkDistance = 32 << 20;
constexpr uint64_t kArchSetGs = 0x1001;

using Bytes = std::vector<std::byte>;

Result<Bytes> read_file(std::string const& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream)
        return Errno::Enoent;
    std::string const text { std::istreambuf_iterator<char>(stream), {} };
    auto const bytes = std::as_bytes(std::span(text));
    return Bytes(bytes.begin(), bytes.end());
}

// Machine code at a fixed link-time address.
class Code {
public:
    Code(Bytes& memory, uint64_t memory_vaddr, uint64_t vaddr)
        : memory_(memory),
          memory_vaddr_(memory_vaddr),
          vaddr_(vaddr)
    {
    }

    uint64_t vaddr() const { return vaddr_; }
    Code& bytes(std::initializer_list<int> values)
    {
        for (auto value : values)
            memory_[vaddr_++ - memory_vaddr_] = static_cast<std::byte>(value);
        return *this;
    }
    Code& number(uint32_t value)
    {
        std::memcpy(&memory_[vaddr_ - memory_vaddr_], &value, sizeof(value));
        vaddr_ += sizeof(value);
        return *this;
    }
    Code& distance_to(uint64_t target) { return number(static_cast<uint32_t>(target - (vaddr_ + 4))); }

private:
    Bytes& memory_;
    uint64_t memory_vaddr_;
    uint64_t vaddr_;
};

class Patcher {
public:
    Patcher(Bytes file, Thunks thunks) : file_(std::move(file)), kind_(thunks) { }

    Result<PatchedElf> run()
    {
        auto const analysis = TRY(owner::analyse(file_));
        auto const table = TRY(patch::PatchTableView::parse(analysis.table));
        std::memcpy(&header_, file_.data(), sizeof(header_));
        read_program_headers();
        TRY(lay_out(table));
        auto const result = apply(table);
        write_thunks(table);
        write_entry();
        write_start();
        TRY(add_segment());
        return result;
    }

    Result<> save(std::string const& path) const
    {
        ::unlink(path.c_str());
        int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0755);
        if (fd < 0)
            return Errno::Eio;
        bool is_saved = ::pwrite(fd, file_.data(), file_.size(), 0) == static_cast<ssize_t>(file_.size());
        is_saved &= ::ftruncate(fd, static_cast<off_t>(page_up(file_.size()) + segment_.size())) == 0;
        for (size_t at = 0; at < segment_.size(); at += kPageSize)
            is_saved &= save_page(fd, at);
        ::close(fd);
        return is_saved ? Result<> {} : Errno::Eio;
    }

private:
    // Leaves holes where there is nothing.
    bool save_page(int fd, size_t at) const
    {
        auto const page = std::span(segment_).subspan(at, kPageSize);
        if (std::all_of(page.begin(), page.end(), [](std::byte byte) { return byte == std::byte {}; }))
            return true;
        auto const offset = static_cast<off_t>(page_up(file_.size()) + at);
        return ::pwrite(fd, page.data(), page.size(), offset) == static_cast<ssize_t>(page.size());
    }

    void read_program_headers()
    {
        program_headers_.resize(header_.e_phnum);
        std::memcpy(
            program_headers_.data(), file_.data() + header_.e_phoff, program_headers_.size() * sizeof(Elf64_Phdr));
        for (auto const& header : program_headers_) {
            if (header.p_type == PT_LOAD)
                stubs_ = page_up(header.p_vaddr + header.p_memsz);
        }
    }

    // Stubs, GS page, entry, start; then thunks, which must lie beyond everything else.
    Result<> lay_out(patch::PatchTableView const& table)
    {
        gs_page_ = page_up(stubs_ + stub_area_size(table));
        auto const end = gs_page_ + kPageSize;
        if (table.segment_count() == 0 || end - table.segment(0).vaddr > kThunkDistance)
            return Errno::Eopnotsupp;
        segment_.resize(end + kThunkDistance - stubs_);
        return {};
    }

    PatchedElf apply(patch::PatchTableView const& table)
    {
        PatchedElf result { 0, 0 };
        std::span<std::byte> const stubs(segment_.data(), stub_area_size(table));
        for (uint32_t i = 0; i < table.segment_count(); ++i) {
            auto const segment = table.segment(i);
            auto const text = std::span(file_).subspan(segment.file_offset, segment.size);
            auto const count = apply_patches(table, { 0, segment.vaddr, text, stubs_, stubs });
            result.applied += count.applied;
            result.failed += count.mismatched + count.unreachable;
        }
        result.failed += table.site_count() - result.applied - result.failed;
        return result;
    }

    void write_thunks(patch::PatchTableView const& table)
    {
        for (uint32_t i = 0; i < table.site_count(); ++i) {
            auto const site = table.site(i);
            auto const in_stub = stubs_ + site.stub_offset + site.return_position();
            auto const back = site.returns_to_text() ? site.window_end() : in_stub;
            int const call = kind_ == Thunks::DoTheCall ? 0x05 : 0x0b;
            Code(segment_, stubs_, back + kThunkDistance).bytes({ 0x0f, call, 0xe9 }).distance_to(back);
        }
    }

    // lea distance(%rcx),%rcx; jmp *%rcx
    void write_entry()
    {
        entry_ = gs_page_ + 64;
        Code code(segment_, stubs_, entry_);
        code.bytes({ 0x48, 0x8d, 0x89 }).number(kThunkDistance).bytes({ 0xff, 0xe1 });
    }

    // Where the copy starts: GS is set, and the program sees no trace of it.
    void write_start()
    {
        Code code(segment_, stubs_, gs_page_ + 128);
        auto const start = code.vaddr();
        write_auxv_repair(code, start);
        write_gs_setup(code);
        code.bytes({ 0xe9 }).distance_to(header_.e_entry);
        header_.e_entry = start;
    }

    // AT_ENTRY is our start, but ld.so tells by it whether it was started as a command.
    void write_auxv_repair(Code& code, uint64_t start) const
    {
        code.bytes({ 0x48, 0x8d, 0x74, 0x24, 0x08 });                  //     lea 8(%rsp),%rsi
        code.bytes({ 0x48, 0x8b, 0x3c, 0x24 });                        //           mov (%rsp),%rdi
        code.bytes({ 0x48, 0x8d, 0x74, 0xfe, 0x08 });                  //     lea 8(%rsi,%rdi,8),%rsi
        code.bytes({ 0x48, 0x83, 0xc6, 0x08 });                        //        1: add $8,%rsi
        code.bytes({ 0x48, 0x83, 0x7e, 0xf8, 0x00 });                  //     cmpq $0,-8(%rsi)
        code.bytes({ 0x75, 0xf5 });                                    //                       jne 1b
        code.bytes({ 0x48, 0x8d, 0x05 }).distance_to(start);           // lea start(%rip),%rax
        code.bytes({ 0x48, 0x83, 0x3e, 0x00 });                        //        2: cmpq $0,(%rsi)
        code.bytes({ 0x74, 0x15 });                                    //                       je 3f
        code.bytes({ 0x48, 0x83, 0xc6, 0x10 });                        //           add $16,%rsi
        code.bytes({ 0x48, 0x39, 0x46, 0xf8 });                        //           cmp %rax,-8(%rsi)
        code.bytes({ 0x75, 0xf0 });                                    //                       jne 2b
        code.bytes({ 0x48, 0x8d, 0x05 }).distance_to(header_.e_entry); // lea entry(%rip),%rax
        code.bytes({ 0x48, 0x89, 0x46, 0xf8 });                        //           mov %rax,-8(%rsi)
    } //                                                  3:

    void write_gs_setup(Code& code) const
    {
        code.bytes({ 0x48, 0x8d, 0x05 }).distance_to(entry_);       //      lea entry(%rip),%rax
        code.bytes({ 0x48, 0x89, 0x05 }).distance_to(gs_page_ + 8); // mov %rax,gs_page+8(%rip)
        code.bytes({ 0xbf }).number(kArchSetGs);                    //                   mov $ARCH_SET_GS,%edi
        code.bytes({ 0x48, 0x8d, 0x35 }).distance_to(gs_page_);     //    lea gs_page(%rip),%rsi
        code.bytes({ 0xb8, 158, 0, 0, 0, 0x0f, 0x05 });             //            mov $arch_prctl,%eax; syscall
    }

    // In place of a header that no program needs; PT_LOADs must stay in order.
    Result<> add_segment()
    {
        auto spare = program_headers_.end();
        for (auto const type : { PT_NOTE, PT_GNU_PROPERTY, PT_GNU_STACK }) {
            auto const has_type = [type](Elf64_Phdr const& header) { return header.p_type == Elf64_Word(type); };
            if (spare == program_headers_.end())
                spare = std::find_if(program_headers_.begin(), program_headers_.end(), has_type);
        }
        if (spare == program_headers_.end())
            return Errno::Eopnotsupp;
        program_headers_.erase(spare);
        auto const is_load = [](Elf64_Phdr const& header) { return header.p_type == PT_LOAD; };
        auto const last = std::find_if(program_headers_.rbegin(), program_headers_.rend(), is_load);
        program_headers_.insert(last.base(),
            { PT_LOAD, PF_R | PF_W | PF_X, page_up(file_.size()), stubs_, stubs_, segment_.size(), segment_.size(),
                kPageSize });
        std::memcpy(file_.data(), &header_, sizeof(header_));
        std::memcpy(
            file_.data() + header_.e_phoff, program_headers_.data(), program_headers_.size() * sizeof(Elf64_Phdr));
        return {};
    }

    Bytes file_;
    Thunks kind_;
    Elf64_Ehdr header_ {};
    std::vector<Elf64_Phdr> program_headers_;
    Bytes segment_;
    uint64_t stubs_ { 0 };
    uint64_t gs_page_ { 0 };
    uint64_t entry_ { 0 };
};

} // namespace

Result<PatchedElf> write_patched_elf(std::string const& from, std::string const& to, Thunks thunks)
{
    Patcher patcher(TRY(read_file(from)), thunks);
    auto const result = TRY(patcher.run());
    TRY(patcher.save(to));
    return result;
}

} // namespace farl::test
