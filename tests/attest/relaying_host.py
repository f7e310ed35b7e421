"""A host between the owner and the enclave."""

# Starts the command that its arguments are, passes its output on, and treats each line of the input by what stands for %s:
# `send(line)` passes it on, `lines` are all that came.
HOST = """if 1:
    import os, subprocess, sys, threading
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
    def send(line): program.stdin.write(line); program.stdin.flush()
    def pass_on():
        lines = []
        for line in sys.stdin.buffer:
            lines.append(line)
            %s
        program.stdin.close()
    threading.Thread(target=pass_on, daemon=True).start()
    os._exit(program.wait())
    """
