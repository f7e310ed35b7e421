// The line discipline against the kernel's own: a pseudo-terminal gets the same settings, keys and output.
#include "enclave/console/line_discipline.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <random>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace farl {

namespace {

std::span<std::byte const> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// What a terminal does with keys, output and reads; both ends are the test's.
class Kernel {
public:
    Kernel()
    {
        keyboard_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
        int unlocked = 0;
        ioctl(keyboard_, TIOCSPTLCK, &unlocked);
        program_ = ioctl(keyboard_, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK);
    }
    ~Kernel()
    {
        close(program_);
        close(keyboard_);
    }
    bool is_there() const { return keyboard_ >= 0 && program_ >= 0; }

    TerminalSettings settings() const
    {
        TerminalSettings settings {};
        ioctl(program_, TCGETS2, &settings);
        return settings;
    }
    void set_settings(TerminalSettings const& settings) { ioctl(program_, TCSETS2, &settings); }
    void type(std::string const& keys) { EXPECT_EQ(write(keyboard_, keys.data(), keys.size()), ssize_t(keys.size())); }
    void print(std::string const& text) { (void)!write(program_, text.data(), text.size()); }

    // What a person sees, once it is so much. A worker of the kernel's brings it, whenever it comes to that.
    std::string seen(size_t size)
    {
        std::string text;
        char buffer[512];
        for (;;) {
            pollfd wait { keyboard_, POLLIN, 0 };
            if (poll(&wait, 1, text.size() < size ? kLongest_ms : 0) <= 0)
                return text;
            auto count = ::read(keyboard_, buffer, sizeof(buffer));
            if (count <= 0)
                return text;
            text.append(buffer, static_cast<size_t>(count));
        }
    }
    // Until what was typed is where it belongs: poll(2) sees to it if there is nothing to read yet.
    void settle(int pending)
    {
        for (int waited_ms = 0; waited_ms < kLongest_ms; waited_ms += kSettle_ms) {
            pollfd wait { program_, POLLIN, 0 };
            poll(&wait, 1, 0);
            if (this->pending() == pending)
                return;
            usleep(kSettle_ms * 1000);
        }
    }
    int pending() const
    {
        int count = -1;
        ioctl(program_, TIOCINQ, &count);
        return count;
    }
    std::string read(size_t size)
    {
        std::string text(size, '\0');
        auto count = ::read(program_, text.data(), size);
        if (count < 0)
            return errno == EAGAIN ? "(nothing yet)" : "(error)";
        text.resize(static_cast<size_t>(count));
        return text;
    }

private:
    static constexpr int kSettle_ms = 2, kLongest_ms = 5000;
    int keyboard_ { -1 }, program_ { -1 };
};

class Ours {
public:
    TerminalSettings settings() const { return discipline_->settings(); }
    void set_settings(TerminalSettings const& settings) { discipline_->set_settings(settings); }
    void type(std::string const& keys)
    {
        for (auto key : keys)
            if (discipline_->can_receive())
                discipline_->receive(static_cast<uint8_t>(key));
    }
    void print(std::string const& text) { discipline_->output().write(bytes_of(text)); }
    std::string seen()
    {
        std::string text(TerminalOutput::kRoom, '\0');
        text.resize(discipline_->output().take(std::as_writable_bytes(std::span(text))));
        return text;
    }
    int pending() const { return static_cast<int>(discipline_->input_size()); }
    // Without waiting, of a terminal whose VMIN and VTIME are 1 and 0.
    std::string read(size_t size)
    {
        if (!discipline_->has_input())
            return "(nothing yet)";
        std::string text(size, '\0');
        text.resize(discipline_->take(std::as_writable_bytes(std::span(text))).count);
        return text;
    }

private:
    std::unique_ptr<LineDiscipline> discipline_ = std::make_unique<LineDiscipline>();
};

class LineDisciplineTest : public testing::Test {
protected:
    void SetUp() override
    {
        if (!kernel.is_there())
            GTEST_SKIP() << "there are no pseudo-terminals here";
    }
    void set(TerminalSettings const& settings)
    {
        kernel.set_settings(settings);
        ours.set_settings(settings);
    }
    void type(std::string const& keys)
    {
        kernel.type(keys);
        ours.type(keys);
        kernel.settle(ours.pending());
        compare("after typing " + testing::PrintToString(keys));
    }
    void print(std::string const& text)
    {
        kernel.print(text);
        ours.print(text);
        compare("after printing " + testing::PrintToString(text));
    }
    void compare(std::string const& when)
    {
        auto seen = ours.seen();
        EXPECT_EQ(seen, kernel.seen(seen.size())) << when;
    }
    std::string read(size_t size)
    {
        EXPECT_EQ(ours.pending(), kernel.pending());
        auto text = ours.read(size);
        EXPECT_EQ(text, kernel.read(size));
        return text;
    }

    Kernel kernel;
    Ours ours;
};

TEST_F(LineDisciplineTest, begins_with_the_settings_of_linux)
{
    auto ours_first = ours.settings(), kernels = kernel.settings();
    EXPECT_EQ(memcmp(&ours_first, &kernels, sizeof(kernels)), 0);
}

TEST_F(LineDisciplineTest, gives_lines_when_they_are_whole)
{
    type("one");
    EXPECT_EQ(read(100), "(nothing yet)");
    type(" line\rtwo\n");
    EXPECT_EQ(read(4), "one ");
    EXPECT_EQ(read(100), "line\n");
    EXPECT_EQ(read(100), "two\n");
    EXPECT_EQ(read(100), "(nothing yet)");
}

TEST_F(LineDisciplineTest, ends_input_by_its_key)
{
    type("abc\x04");
    EXPECT_EQ(read(3), "abc"); // and no end of input after it
    EXPECT_EQ(read(3), "(nothing yet)");
    type("\x04");
    EXPECT_EQ(read(3), "");
    type("abc\n");
    EXPECT_EQ(read(3), "abc");
    EXPECT_EQ(read(3), "\n");
}

TEST_F(LineDisciplineTest, edits_lines)
{
    print("prompt> ");
    type("two words");
    type("\x17");
    type("wrong\x7f\x7f");
    type("a\tb\x7f\x7f\x7f");
    type("\x01\x7f");
    type("\x12");
    type("\x16\x03");
    type("\n");
    EXPECT_EQ(read(100), "two wro\x03\n");
    type("all of this goes\x15only this\n");
    EXPECT_EQ(read(100), "only this\n");
}

TEST_F(LineDisciplineTest, shows_what_was_erased_on_paper)
{
    auto settings = ours.settings();
    settings.c_lflag |= ECHOPRT;
    set(settings);
    type("abc\x7f\x7f");
    type("de\tf\x7f\x7f\x7f\x7f\x7f");
    type("x y\x17z\x15\n");
    EXPECT_EQ(read(100), "\n");
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHOPRT | ECHOE);
    set(settings);
    type("abc\x7f\x7f\x15");
    type("ok\n");
    EXPECT_EQ(read(100), "ok\n");
}

TEST_F(LineDisciplineTest, gives_characters_as_they_come)
{
    auto settings = ours.settings();
    settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    set(settings);
    type("x\r\x04\x7f");
    EXPECT_EQ(read(100), "x\n\x04\x7f");
    settings.c_iflag = 0;
    settings.c_oflag = 0;
    settings.c_lflag = 0;
    set(settings);
    type("\r\x03");
    print("a\n");
    EXPECT_EQ(read(100), "\r\x03");
}

TEST_F(LineDisciplineTest, makes_a_line_of_what_was_typed_in_another_mode)
{
    auto lines = ours.settings(), raw = lines;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    set(raw);
    type("abc");
    set(lines);
    EXPECT_EQ(read(100), "abc");
    type("def");
    set(raw);
    EXPECT_EQ(read(100), "def");
}

TEST_F(LineDisciplineTest, keeps_of_a_line_that_is_too_long_its_beginning_and_its_end)
{
    auto settings = ours.settings();
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    set(settings);
    for (int i = 0; i < 5; ++i)
        type(std::string(1000, static_cast<char>('a' + i)));
    type("\n");
    EXPECT_EQ(read(5000).size(), 4096u);
}

TEST_F(LineDisciplineTest, waits_for_room)
{
    auto discipline = std::make_unique<LineDiscipline>();
    size_t count = 0;
    for (; discipline->can_receive() && count < 10'000; ++count)
        discipline->receive('\n');
    EXPECT_EQ(count, LineDiscipline::kQueueSize - 1);
}

TEST(LineDiscipline, tells_signals_and_drops_what_was_typed_before)
{
    auto discipline = std::make_unique<LineDiscipline>();
    EXPECT_EQ(discipline->receive('a'), 0);
    EXPECT_EQ(discipline->receive('\n'), 0);
    EXPECT_EQ(discipline->receive(3), SIGINT);
    EXPECT_FALSE(discipline->has_input());
    EXPECT_EQ(discipline->receive(28), SIGQUIT);
    EXPECT_EQ(discipline->receive(26), SIGTSTP);
    auto settings = discipline->settings();
    settings.c_lflag |= NOFLSH;
    discipline->set_settings(settings);
    discipline->receive('\n');
    EXPECT_EQ(discipline->receive(3), SIGINT);
    EXPECT_TRUE(discipline->has_input());
    settings.c_lflag &= ~static_cast<tcflag_t>(ISIG);
    discipline->set_settings(settings);
    EXPECT_EQ(discipline->receive(3), 0);
}

TEST(LineDiscipline, stops_and_starts_the_output)
{
    auto discipline = std::make_unique<LineDiscipline>();
    discipline->receive('S' & 0x1f);
    EXPECT_TRUE(discipline->is_stopped());
    discipline->receive('x');
    EXPECT_TRUE(discipline->is_stopped());
    discipline->receive('Q' & 0x1f);
    EXPECT_FALSE(discipline->is_stopped());
    discipline->receive('S' & 0x1f);
    auto settings = discipline->settings();
    settings.c_iflag &= ~static_cast<tcflag_t>(IXON);
    discipline->set_settings(settings);
    EXPECT_FALSE(discipline->is_stopped());
}

TEST(LineDiscipline, makes_a_line_of_what_was_typed_before_the_end)
{
    auto discipline = std::make_unique<LineDiscipline>();
    discipline->receive('a');
    discipline->finish_input();
    std::byte character[10];
    EXPECT_EQ(discipline->take(character).count, 1u);
    EXPECT_FALSE(discipline->has_input());
}

// Random settings, keys, output and reads. Keys for signals and stops are left out: the kernel's end has no process;
// and so is ECHOPRT, with which Linux 6.18 now and then shows what was echoed long before (process_echoes() after
// finish_erasing()).
class RandomTerminal {
public:
    explicit RandomTerminal(unsigned seed) : random_(seed) { }

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    TerminalSettings settings(TerminalSettings settings)
    {
        settings.c_iflag = some_of({ ISTRIP, INLCR, IGNCR, ICRNL, IUCLC, IUTF8 });
        settings.c_oflag = some_of({ OPOST, OPOST, OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, XTABS });
        settings.c_lflag = some_of(
            { ICANON, ICANON, ICANON, ECHO, ECHO, ECHO, ECHOE, ECHOK, ECHONL, ECHOCTL, ECHOKE, IEXTEN, IEXTEN });
        settings.c_cc[VEOL] = below(4) ? 0 : 'q';
        settings.c_cc[VEOL2] = below(4) ? 0 : 'w';
        return settings;
    }
    std::string text(bool is_typed)
    {
        constexpr std::string_view kOften = "ab_ 9\t\t\n\r\b\x01\xc3\xa4\xff\xdfQq.w";
        constexpr std::string_view kKeys = "\x7f\x7f\x15\x17\x17\x12\x16\x04";
        std::string text;
        for (auto count = 1 + below(8); count--;) {
            auto from = is_typed && !below(3) ? kKeys : kOften;
            text += below(12) ? from[below(static_cast<unsigned>(from.size()))] : static_cast<char>(below(256));
        }
        return text;
    }

private:
    tcflag_t some_of(std::initializer_list<tcflag_t> flags)
    {
        tcflag_t some = 0;
        for (auto flag : flags)
            some |= below(2) ? flag : 0;
        return some;
    }
    std::mt19937 random_;
};

// The first difference, or nothing. Not all that is typed can be seen to have arrived at the kernel's end, so it gets
// time.
std::string difference(unsigned seed, unsigned time_us)
{
    constexpr unsigned kSteps = 30;
    Kernel kernel;
    Ours ours;
    RandomTerminal random(seed);
    for (unsigned step = 0; step < kSteps; ++step) {
        auto choice = step ? random.below(10) : 0;
        auto text = random.text(choice < 6);
        std::string expected, found;
        if (choice == 0) {
            auto settings = random.settings(ours.settings());
            kernel.set_settings(settings);
            ours.set_settings(settings);
        } else if (choice < 8) {
            choice < 6 ? kernel.type(text) : kernel.print(text);
            choice < 6 ? ours.type(text) : ours.print(text);
            kernel.settle(ours.pending());
            usleep(time_us);
            found = ours.seen();
            expected = kernel.seen(found.size());
        } else {
            auto size = 1 + random.below(8);
            found = ours.read(size);
            expected = kernel.read(size);
        }
        if (found != expected)
            return "step " + std::to_string(step) + " with " + testing::PrintToString(text) + ": "
                + testing::PrintToString(found) + ", not " + testing::PrintToString(expected);
    }
    return "";
}

TEST_F(LineDisciplineTest, does_what_the_kernel_does_with_anything)
{
    constexpr unsigned kSeeds = 100, kMuchTime_us = 50'000;
    for (unsigned seed = 1; seed <= kSeeds; ++seed) {
        if (!difference(seed, 0).empty()) {
            EXPECT_EQ(difference(seed, kMuchTime_us), "") << "seed " << seed;
        }
    }
}

} // namespace

} // namespace farl
