#include "enclave/hostcall/log.h"

#include "enclave/hostcall/channel.h"

namespace farl {

namespace {
constinit LogLevel log_level = LogLevel::Warning;
constinit int log_descriptor = 2;
} // namespace

Log::Log(LogLevel level) : text_({ buffer_, sizeof(buffer_) - 1 }), is_enabled_(level <= log_level)
{
    text_ << "farl: ";
}

Log::~Log()
{
    if (!is_enabled_)
        return;
    auto size = text_.view().size();
    buffer_[size] = '\n';
    write_line(log_descriptor, { buffer_, size + 1 });
}

void set_log(LogLevel level, int host_descriptor)
{
    log_level = level;
    log_descriptor = host_descriptor;
}

void write_line(int host_descriptor, std::string_view line)
{
    Staging staging;
    auto text = staging.put(line.data(), line.size());
    if (text.is_ok())
        (void)host_call(SYS_write, host_descriptor, text.value().value(), line.size());
}

} // namespace farl
