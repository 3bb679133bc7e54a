"""Runs a command as on an older kernel: old_kernel.py NUMBER COMMAND…

System calls with this number or a higher one (x86-64) fail with ENOSYS, as they do where nobody knows them yet. What the
command starts is treated alike.
"""

import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_WORD, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x35, 0x06
ALLOW, ERRNO, ENOSYS = 0x7FFF0000, 0x00050000, 38


def instruction(code, value, if_true=0, if_false=0):
    return struct.pack("=HBBI", code, if_true, if_false, value)


def forbid(first):
    """Loads a filter (seccomp(2)) whose first word is the number of the call."""
    program = b"".join(
        [
            instruction(LOAD_WORD, 0),
            instruction(JUMP_IF_AT_LEAST, first, 0, 1),
            instruction(RETURN, ERRNO | ENOSYS),
            instruction(RETURN, ALLOW),
        ]
    )
    buffer = ctypes.create_string_buffer(program)
    pointer = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in [(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, pointer, 0, 0)]:
        if libc.prctl(*call) != 0:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")


forbid(int(sys.argv[1]))
os.execvp(sys.argv[2], sys.argv[2:])
