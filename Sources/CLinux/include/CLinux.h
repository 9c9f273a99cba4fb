// Calls that Swift cannot import: fork, and macros of the kernel's headers.
#ifndef CLINUX_H
#define CLINUX_H
#include <sys/types.h>

/// fork(2); Swift marks it unavailable. Only for a process with one thread.
pid_t clinux_fork(void);

#endif
