// Calls that Swift cannot import: fork, variadics, and wcwidth; and headers that its Glibc module leaves out.
#ifndef CLINUX_H
#define CLINUX_H
#include <sys/fanotify.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <wchar.h>

/// fork(2); Swift marks it unavailable. Only for a process with one thread.
pid_t clinux_fork(void);

/// Ends this process with its parent; prctl(2) is variadic.
void clinux_die_with_parent(void);

/// Cells of a character on a terminal, by the locale of the calling thread; wcwidth(3) is declared for X/Open only.
int clinux_wcwidth(wchar_t character);

/// One heap for all threads: glibc makes one for each two of them, and what is freed in one serves no other.
void clinux_share_heap(void);

/// Unmaps the program's own code pages; those still in use come back from the page cache at the next call. Starting and
/// loading run through code of twenty megabytes that waiting for a save never needs again.
void clinux_forget_code_pages(void);

/// Gives what was freed back to the kernel; malloc_trim(3).
void clinux_trim_heap(void);

/// Where the bytes of `word` first stand in `text`, from its start; -1: nowhere. memmem(3) has GNU's name.
ssize_t clinux_find(const void *text, size_t length, const void *word, size_t word_length);

/// Copies what is not a hole of one open file into another, whose bytes there must be zeros, at an offset. Returns 0, or
/// -1 with errno; lseek(2) names holes only for GNU's programs.
int clinux_copy_data(int from, int to, off_t offset);

#endif
