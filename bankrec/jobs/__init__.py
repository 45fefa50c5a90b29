"""Jobs: one file for each command, with all input and output of the command.

Comes in: the arguments of the command line. Goes out: files, a published set, lines of text, an exit code.
Each file reads like its command: what is read, which steps, what is written.
May import: every room, inside the functions that run, so that `--help` needs none of them and is fast.
"""
