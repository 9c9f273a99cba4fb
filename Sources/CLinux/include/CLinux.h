// Calls that Swift cannot import: fork, and variadics.
#ifndef CLINUX_H
#define CLINUX_H
#include <sys/types.h>

/// fork(2); Swift marks it unavailable. Only for a process with one thread.
pid_t clinux_fork(void);

/// Ends this process with its parent; prctl(2) is variadic.
void clinux_die_with_parent(void);

#endif
