"""What the kernel of the operating system enforces on a submission, set before its first line.

Resource limits hold for one process, so no second one may start: a filter of system calls (seccomp,
by libseccomp) lets through what a calculation needs and nothing else. Threads are allowed; the
grader counts them from outside. A call that is not listed "does not exist" (ENOSYS), which is what
the C library takes as a hint to use an older one.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

_EPERM, _EACCES, _ENOSYS = 1, 13, 38
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_CLONE_THREAD = 0x00010000
_NOT_EQUAL, _EQUAL, _MASKED_EQUAL = 1, 4, 7
_PR_SET_PDEATHSIG = 1

# What NumPy, SciPy, Matplotlib, torch and Numba call, and what stands in for it on other machines.
_ALLOWED = """
access alarm arch_prctl brk cacheflush chdir chmod clock_getres clock_gettime clock_nanosleep close
close_range copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
epoll_wait eventfd eventfd2 exit exit_group faccessat faccessat2 fadvise64 fallocate fchmod fchmodat
fcntl fdatasync flock fstat fstat64 fstatfs fsync ftruncate futex get_mempolicy get_robust_list
getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpgrp getpid getppid
getrandom getresgid getresuid getrlimit getrusage gettid gettimeofday getuid ioctl link linkat lseek
lstat madvise mbind membarrier mincore mkdir mkdirat mlock mmap mmap2 mprotect mremap msync munlock
munmap nanosleep newfstatat open openat openat2 pause pipe pipe2 poll ppoll pread64 preadv pselect6
pwrite64 pwritev read readlink readlinkat readv rename renameat renameat2 restart_syscall
riscv_flush_icache riscv_hwprobe rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn
rt_sigsuspend rt_sigtimedwait sched_get_priority_max sched_get_priority_min sched_getaffinity
sched_getparam sched_getscheduler sched_setaffinity sched_yield select sendfile set_mempolicy
set_robust_list set_tid_address setitimer sigaltstack stat statfs statx symlink symlinkat
sync_file_range sysinfo time timer_create timer_delete timer_gettime timer_settime timerfd_create
timerfd_gettime timerfd_settime times truncate umask uname unlink unlinkat utimensat write writev
"""
# What a student may try in good faith gets the error that Python has a name for.
_REFUSED = {
    _EPERM: """bpf chroot execve execveat fork keyctl kill memfd_create memfd_secret mount
        mq_open msgget name_to_handle_at open_by_handle_at perf_event_open personality
        process_vm_readv process_vm_writev ptrace rt_sigqueueinfo rt_tgsigqueueinfo semget setns
        setpgid setrlimit setsid shmat shmget tkill unshare vfork""",
    _EACCES: "accept accept4 bind connect listen socket socketpair",
}


class _Condition(ctypes.Structure):
    """libseccomp's ``struct scmp_arg_cmp``: how an argument of a call must compare."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def filter_system_calls() -> bool:
    """Install the filter for this process for good; return whether this machine has one.

    >>> names = _ALLOWED.split()
    >>> "execve" in names, len(set(names)) == len(names)
    (False, True)
    """
    if sys.platform != "linux":
        return False
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return False
    library.seccomp_init.restype = ctypes.c_void_p
    allow = ctypes.c_uint32(_ALLOW)
    made = library.seccomp_init(ctypes.c_uint32(_ERRNO | _ENOSYS))
    if not made:
        return False
    context = ctypes.c_void_p(made)

    def rule(action: ctypes.c_uint32, name: str, *conditions: _Condition) -> None:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == -1:  # this libseccomp has not heard of the call, so it stays refused
            return
        array = (_Condition * len(conditions))(*conditions)
        done = library.seccomp_rule_add_array(context, action, number, len(conditions), array)
        if done != 0:
            raise OSError(-done, f"no rule could be made for {name}")

    for name in _ALLOWED.split():
        rule(allow, name)
    for error, names in _REFUSED.items():
        for name in names.split():
            rule(ctypes.c_uint32(_ERRNO | error), name)
    # abort() ends a process by tgkill; limits are looked up and set by prlimit: of this one only.
    refuse = ctypes.c_uint32(_ERRNO | _EPERM)
    for name, mine in (("tgkill", os.getpid()), ("prlimit64", 0)):
        rule(allow, name, _Condition(0, _EQUAL, mine))
        rule(refuse, name, _Condition(0, _NOT_EQUAL, mine))
    rule(allow, "clone", _Condition(0, _MASKED_EQUAL, _CLONE_THREAD, _CLONE_THREAD))
    rule(refuse, "clone", _Condition(0, _MASKED_EQUAL, _CLONE_THREAD, 0))
    done = library.seccomp_load(context)  # forbids new privileges, too
    library.seccomp_release(context)
    if done != 0:
        raise OSError(-done, "the filter of system calls could not be installed")
    return True


def set_limits(memory: int, seconds: int, file_size: int) -> None:
    """Limit address space and files (bytes) and processor time, for good."""
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in wanted.items():
        most = resource.getrlimit(limit)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):
            if sys.platform == "linux":  # macOS has no limit of the address space
                raise


def die_with_parent() -> None:
    """Have the kernel end this process when the grader ends."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the kernel cannot tie this process to the grader")
