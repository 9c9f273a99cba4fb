#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include <malloc.h>
#include "CLinux.h"
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

pid_t clinux_fork(void) { return fork(); }

void clinux_die_with_parent(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == 1) _exit(1);
}

int clinux_wcwidth(wchar_t character) { return wcwidth(character); }

void clinux_share_heap(void) { mallopt(M_ARENA_MAX, 1); }

void clinux_trim_heap(void) { malloc_trim(0); }
