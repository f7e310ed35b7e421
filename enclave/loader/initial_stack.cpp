#include "enclave/loader/initial_stack.h"

namespace farl {

namespace {

constexpr uint64_t kLongestString = 32 * kPageSize; // MAX_ARG_STRLEN, with its NUL
constexpr uint64_t kSmallestLimit = 32 * kPageSize; // ARG_MAX
constexpr uint64_t kLargestLimit = 6 << 20;         // three quarters of _STK_LIM
constexpr std::string_view kPlatform { "x86_64" };
constexpr std::string_view kEmpty[] = { "" };
constexpr uint64_t kClockTicks = 100;
constexpr size_t kAuxiliaryCount = 21;

// execve(2), "Limits on size of arguments and environment"; fs/exec.c bprm_stack_limits().
class Budget {
public:
    Budget(uint64_t stack_limit, uint64_t pointer_count)
        : left_(std::max(kSmallestLimit, std::min(kLargestLimit, stack_limit / 4)))
    {
        is_exceeded_ = pointer_count >= left_ / sizeof(uint64_t);
        left_ -= is_exceeded_ ? left_ : pointer_count * sizeof(uint64_t);
    }
    Result<> charge(std::string_view text)
    {
        if (text.find('\0') != text.npos)
            return Errno::Einval;
        auto size = text.size() + 1;
        if (is_exceeded_ || size > kLongestString || size > left_)
            return Errno::E2big;
        left_ -= size;
        return {};
    }

private:
    uint64_t left_;
    bool is_exceeded_;
};

// Sizes of the parts, from the top: 8 zero bytes, executable, environment, arguments, platform, random, vectors.
struct Layout {
    uint64_t strings { sizeof(uint64_t) };
    uint64_t platform { 0 }; // distances from the top
    uint64_t random { 0 };
    uint64_t total { 0 };
    size_t pointers { 0 }; // argc and the vectors, in words
};

Result<Layout> measure(InitialStackRequest const& request, std::span<std::string_view const> arguments)
{
    Layout layout;
    Budget budget(request.stack_limit, arguments.size() + request.environment.size());
    auto add = [&](std::string_view text) -> Result<> {
        layout.strings += text.size() + 1;
        return budget.charge(text);
    };
    TRY(add(request.executable));
    for (auto text : request.environment)
        TRY(add(text));
    for (auto text : arguments)
        TRY(add(text));
    layout.platform = align_up<uint64_t>(layout.strings, 16) + align_up<uint64_t>(kPlatform.size() + 1, 16);
    layout.random = layout.platform + sizeof(AuxiliaryValues::random);
    layout.pointers = 1 + arguments.size() + 1 + request.environment.size() + 1;
    auto vectors = layout.pointers * sizeof(uint64_t) + kAuxiliaryCount * sizeof(elf::AuxiliaryEntry);
    layout.total = align_up<uint64_t>(layout.random + vectors, 16);
    return layout;
}

class Writer {
public:
    Writer(std::span<std::byte> bytes, uint64_t address) : bytes_(bytes), address_(address) { }

    void seek(uint64_t address) { at_ = address - address_; }
    uint64_t position() const { return address_ + at_; }
    uint64_t put(std::span<std::byte const> bytes)
    {
        auto start = position();
        ASSERT(bytes.size() <= bytes_.size() - at_);
        std::memcpy(bytes_.data() + at_, bytes.data(), bytes.size());
        at_ += bytes.size();
        return start;
    }
    uint64_t put_string(std::string_view text)
    {
        auto start = put(std::as_bytes(std::span(text)));
        std::byte const end { 0 };
        put({ &end, 1 });
        return start;
    }
    void put_word(uint64_t word) { put(std::as_bytes(std::span(&word, 1))); }
    void put_entry(uint64_t type, uint64_t value)
    {
        put_word(type);
        put_word(value);
    }

private:
    std::span<std::byte> bytes_;
    uint64_t address_;
    size_t at_ { 0 };
};

struct Pointers {
    uint64_t executable;
    uint64_t platform;
    uint64_t random;
};

// The order of fs/binfmt_elf.c create_elf_tables().
void put_auxiliary(Writer& out, AuxiliaryValues const& values, Pointers const& pointers)
{
    if (values.vdso)
        out.put_entry(elf::kAuxVdso, values.vdso);
    out.put_entry(elf::kAuxMinimumSignalStack, values.minimum_signal_stack);
    out.put_entry(elf::kAuxHwcap, values.hwcap);
    out.put_entry(elf::kAuxPageSize, kPageSize);
    out.put_entry(elf::kAuxClockTicks, kClockTicks);
    out.put_entry(elf::kAuxProgramHeaders, values.program_headers);
    out.put_entry(elf::kAuxProgramHeaderSize, sizeof(elf::ProgramHeader));
    out.put_entry(elf::kAuxProgramHeaderCount, values.program_header_count);
    out.put_entry(elf::kAuxBase, values.interpreter_base);
    out.put_entry(elf::kAuxFlags, 0);
    out.put_entry(elf::kAuxEntry, values.entry);
    out.put_entry(elf::kAuxUid, values.uid);
    out.put_entry(elf::kAuxEuid, values.euid);
    out.put_entry(elf::kAuxGid, values.gid);
    out.put_entry(elf::kAuxEgid, values.egid);
    out.put_entry(elf::kAuxSecure, 0);
    out.put_entry(elf::kAuxRandom, pointers.random);
    out.put_entry(elf::kAuxHwcap2, values.hwcap2);
    out.put_entry(elf::kAuxExecutable, pointers.executable);
    out.put_entry(elf::kAuxPlatform, pointers.platform);
    out.put_entry(elf::kAuxNull, 0);
}

} // namespace

Result<InitialStack> build_initial_stack(InitialStackRequest const& request)
{
    auto arguments = request.arguments.empty() ? std::span<std::string_view const>(kEmpty) : request.arguments;
    auto layout = TRY(measure(request, arguments));
    InitialStack stack;
    TRY(stack.bytes.resize(layout.total));
    stack.stack_pointer = request.top - layout.total;
    ASSERT(is_aligned(request.top, 16));

    Writer vectors(stack.bytes.span(), stack.stack_pointer);
    Writer strings = vectors;
    strings.seek(request.top - layout.strings);
    vectors.put_word(arguments.size());
    stack.arguments_start = strings.position();
    for (auto text : arguments)
        vectors.put_word(strings.put_string(text));
    stack.arguments_end = stack.environment_start = strings.position();
    vectors.put_word(0);
    for (auto text : request.environment)
        vectors.put_word(strings.put_string(text));
    stack.environment_end = strings.position();
    vectors.put_word(0);

    Pointers pointers { .executable = strings.put_string(request.executable) };
    strings.seek(request.top - layout.platform);
    pointers.platform = strings.put_string(kPlatform);
    strings.seek(request.top - layout.random);
    pointers.random = strings.put(request.auxiliary.random);
    stack.auxiliary_start = vectors.position();
    put_auxiliary(vectors, request.auxiliary, pointers);
    stack.auxiliary_end = vectors.position();
    return stack;
}

} // namespace farl
