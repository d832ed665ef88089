"""Linux system calls by name, through the C library. Nothing here decides anything.

Importable everywhere; on an unknown machine `NUMBERS` is empty and only `libc` calls work.
"""

import ctypes
import os
import platform

MACHINE = platform.machine()

# name, number on x86-64, number on aarch64; a dash where there is none.
_TABLE = """
read 0 63            write 1 64            open 2 -              close 3 57
stat 4 -             fstat 5 80            lstat 6 -             poll 7 -
lseek 8 62           mmap 9 222            mprotect 10 226       munmap 11 215
brk 12 214           rt_sigaction 13 134   rt_sigprocmask 14 135 rt_sigreturn 15 139
ioctl 16 29          pread64 17 67         pwrite64 18 68        readv 19 65
writev 20 66         access 21 -           pipe 22 -             select 23 -
sched_yield 24 124   mremap 25 216         msync 26 227          mincore 27 232
madvise 28 233       dup 32 23             dup2 33 -             pause 34 -
nanosleep 35 101     getitimer 36 102      alarm 37 -            setitimer 38 103
getpid 39 172        sendto 44 206         recvfrom 45 207       shutdown 48 210
getsockname 51 204   getpeername 52 205    socketpair 53 199     setsockopt 54 208
getsockopt 55 209    clone 56 220          fork 57 -             vfork 58 -
exit 60 93           wait4 61 260          kill 62 129           uname 63 160
fcntl 72 25          flock 73 32           fsync 74 82           fdatasync 75 83
truncate 76 45       ftruncate 77 46       getcwd 79 17          chdir 80 49
fchdir 81 50         rename 82 -           mkdir 83 -            rmdir 84 -
link 86 -            unlink 87 -           symlink 88 -          readlink 89 -
chmod 90 -           fchmod 91 52          umask 95 166          gettimeofday 96 169
getrlimit 97 163     getrusage 98 165      sysinfo 99 179        times 100 153
ptrace 101 117       getuid 102 174        getgid 104 176        geteuid 107 175
getegid 108 177      getppid 110 173       getpgrp 111 -         getgroups 115 158
getresuid 118 148    getresgid 120 150     getpgid 121 155       getsid 124 156
capset 126 91        rt_sigpending 127 136 rt_sigtimedwait 128 137 rt_sigsuspend 130 133
sigaltstack 131 132  statfs 137 43         fstatfs 138 44        sched_getparam 143 121
sched_getscheduler 145 120 sched_get_priority_max 146 125 sched_get_priority_min 147 126
pivot_root 155 41    prctl 157 167         arch_prctl 158 -      mount 165 40
gettid 186 178       time 201 -            futex 202 98          sched_setaffinity 203 122
sched_getaffinity 204 123 getdents64 217 61 set_tid_address 218 96 restart_syscall 219 128
fadvise64 221 223    clock_gettime 228 113 clock_getres 229 114  clock_nanosleep 230 115
exit_group 231 94    epoll_wait 232 -      epoll_ctl 233 21      tgkill 234 131
mbind 237 235        get_mempolicy 239 236 waitid 247 95         add_key 248 217
request_key 249 218  keyctl 250 219        openat 257 56         mkdirat 258 34
newfstatat 262 79    unlinkat 263 35       renameat 264 38       linkat 265 37
symlinkat 266 36     readlinkat 267 78     fchmodat 268 53       faccessat 269 48
pselect6 270 72      ppoll 271 73          unshare 272 97        set_robust_list 273 99
utimensat 280 88     epoll_pwait 281 22    fallocate 285 47      eventfd2 290 19
epoll_create1 291 20 dup3 292 24           pipe2 293 59          preadv 295 69
pwritev 296 70       perf_event_open 298 241 prlimit64 302 261   setns 308 268
getcpu 309 168       process_vm_readv 310 270 process_vm_writev 311 271 kcmp 312 272
renameat2 316 276    seccomp 317 277       getrandom 318 278     memfd_create 319 279
bpf 321 280          execveat 322 281      userfaultfd 323 282   membarrier 324 283
preadv2 327 286      pwritev2 328 287      statx 332 291         rseq 334 293
pidfd_send_signal 424 424 io_uring_setup 425 425 clone3 435 435  close_range 436 436
openat2 437 437      pidfd_getfd 438 438   faccessat2 439 439    epoll_pwait2 441 441
mount_setattr 442 442 landlock_create_ruleset 444 444
landlock_add_rule 445 445 landlock_restrict_self 446 446         futex_waitv 449 449
sendmsg 46 211       recvmsg 47 212        setsid 112 157        umount2 166 39
execve 59 221        socket 41 198         tkill 200 130
"""


def numbers(machine: str) -> dict[str, int]:
    """Give the numbers by name, none for a machine that is not known."""
    column = {"x86_64": 1, "aarch64": 2}.get(machine)
    words = _TABLE.split()
    rows = zip(words[::3], words[1::3], words[2::3], strict=True)
    return {row[0]: int(row[column]) for row in rows if column is not None and row[column] != "-"}


NUMBERS = numbers(MACHINE)
"""The numbers of this machine; a call that does not exist here is absent."""

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def checked(result: int) -> int:
    """Give a result as it is. Raises `OSError` where it means failure."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def call(name: str, *args: int | bytes | None) -> int:
    """Make a system call. Raises `OSError`, with ENOSYS for one unknown on this machine."""
    if name not in NUMBERS:
        raise OSError(38, f"no system call {name} on {MACHINE}")
    words = [ctypes.c_long(arg) if isinstance(arg, int) else ctypes.c_char_p(arg) for arg in args]
    return checked(libc.syscall(ctypes.c_long(NUMBERS[name]), *words))


def prctl(option: int, *args: int) -> int:
    """Change an attribute of this process. Raises `OSError`."""
    words = [ctypes.c_ulong(arg) for arg in (*args, 0, 0, 0, 0)[:4]]
    return checked(libc.prctl(ctypes.c_int(option), *words))
