// Contents of files below /proc, by subject. Each writes what Linux writes there, as far as this process has it.
#pragma once

#include "enclave/fs/synthetic/synthetic_file_system.h"
#include "enclave/process/thread.h"

namespace farl::proc {

using Node = Captures const&;

// ---- the process and its threads (process_files.cpp)
Result<Ref<Thread>> thread_of(Node node);
std::string_view name_of(Thread const& thread);
bool is_process(Node node);
Result<> list_processes(Node node, Vector<uint64_t>& numbers);
bool is_thread(Node node);
Result<> list_threads(Node node, Vector<uint64_t>& numbers);
Result<String> self(Node node);
Result<String> thread_self(Node node);
Result<String> executable(Node node);
Result<String> working_directory(Node node);
Result<String> root_directory(Node node);
Result<> command_line(Node node, Text& text);
Result<> environment(Node node, Text& text);
Result<> auxiliary_vector(Node node, Text& text);
Result<> command_name(Node node, Text& text);
Result<> set_command_name(Node node, std::string_view name);
Result<> limits(Node node, Text& text);
Result<> control_groups(Node node, Text& text);
Result<> oom_score(Node node, Text& text);
Result<> oom_score_adjustment(Node node, Text& text);
Result<> set_oom_score_adjustment(Node node, std::string_view value);
Result<> transfer_counts(Node node, Text& text);

// ---- its state in numbers (status_files.cpp)
Result<> status(Node node, Text& text);
Result<> stat(Node node, Text& text);
Result<> memory_sizes(Node node, Text& text);

// ---- its memory (memory_files.cpp)
Result<> maps(Node node, Text& text);
Result<> detailed_maps(Node node, Text& text);
Result<Ref<File>> memory(Node node, uint32_t flags);

// ---- its descriptors (descriptor_files.cpp)
bool is_descriptor(Node node);
Result<> list_descriptors(Node node, Vector<uint64_t>& numbers);
Result<String> descriptor_target(Node node);
Result<Ref<File>> open_descriptor(Node node, uint32_t flags);
Result<> descriptor_info(Node node, Text& text);

// ---- the system (system_files.cpp)
Result<> memory_information(Node node, Text& text);
Result<> uptime(Node node, Text& text);
Result<> version(Node node, Text& text);
Result<> file_systems(Node node, Text& text);
Result<> mounts(Node node, Text& text);
Result<> mount_information(Node node, Text& text);

// ---- /proc/sys (settings_files.cpp)
Result<> random_uuid(Node node, Text& text);
Result<> boot_id(Node node, Text& text);
Result<> kernel_release(Node node, Text& text);
Result<> kernel_version(Node node, Text& text);
Result<> host_name(Node node, Text& text);

} // namespace farl::proc
