// The runtime's log: one line a message, "farl: ...", written to the launcher's log descriptor when the object ends.
// Never put a secret or application data into it.
#pragma once

#include "abi/wire/launch_config.h"
#include "base/format.h"

namespace farl {

using wire::LogLevel;

class Log {
public:
    explicit Log(LogLevel level);
    ~Log();

    template <typename T>
    Log& operator<<(T const& value)
    {
        if (is_enabled_)
            text_ << value;
        return *this;
    }
    Log& hex(uint64_t value)
    {
        if (is_enabled_)
            text_.hex(value);
        return *this;
    }

private:
    char buffer_[512];
    Formatter text_;
    bool is_enabled_;
};

void set_log(LogLevel level, int host_descriptor);
// One line to a host descriptor, whole or not at all.
void write_line(int host_descriptor, std::string_view line);

} // namespace farl
