"""Jobs: one file a command, and all that a command touches outside of the process.

Comes in: the arguments of the command line. Goes out: files, a published set, lines of text, an exit code.
Each file reads like its command: what is read, which steps, what is written.
May import: every room, inside the functions that run, so that `--help` waits for none of them.
"""
