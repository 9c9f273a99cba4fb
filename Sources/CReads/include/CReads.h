// What librpm reads while it parses a spec: the files below one folder, kept as they were read, and the commands of
// `%(…)`, whose output is remembered.
//
// librpm opens files with fopen and runs commands with popen. This target defines both, and because the dynamic
// linker looks at the executable before libc, librpm's calls arrive here. Nothing else offers a place to look: rpm
// has no hook for either. Link it into azl-rpm-worker only.
#ifndef CREADS_H
#define CREADS_H
#include <stdbool.h>
#include <stddef.h>

typedef struct {
  const char *_Nullable bytes;
  size_t length;
} reads_text;

/// Files below this folder are kept; commands that name it, or `place`, where the same files may be too, are run
/// each time. Both outlive the process.
void reads_watch(const char *_Nonnull folder, const char *_Nonnull place);

/// The spec that this process parses next: librpm is not shown the entries of a changelog that it is certain to accept.
void reads_spec(const char *_Nonnull path);

/// Does once what each forked process would do again.
void reads_warm(void);

/// Of the first time that a file was opened; later opens of this process read the same bytes. The content of the spec is
/// what librpm was shown of it.
size_t reads_file_count(void);
reads_text reads_file_path(size_t index);
reads_text reads_file_content(size_t index);

/// Outputs that need not be asked for again.
void reads_remember(reads_text command, reads_text output);
/// Those learnt since the start of this process, or of the process that it was forked from.
size_t reads_learnt_count(void);
reads_text reads_learnt_command(size_t index);
reads_text reads_learnt_output(size_t index);
/// From now on learnt is counted from here.
void reads_forget_learnt(void);

/// Commands of this process that were asked for, one after the other, each ended by a NUL.
reads_text reads_asked(void);

/// Whether one of them has these words, and whether a file has that was read.
bool reads_is_asked_for(const char *_Nonnull words);
bool reads_is_in_file(const char *_Nonnull words);

/// Removes what is in a folder, if anything is.
void reads_empty(const char *_Nonnull folder);

#endif
