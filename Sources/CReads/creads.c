#define _GNU_SOURCE
#include "CReads.h"
#include "changelog.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <ftw.h>
#include <iconv.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// One thread only: a parse worker has no other.

typedef struct {
  char *key;
  size_t key_length;
  char *value;
  size_t value_length;
} pair;

typedef struct {
  pair *pairs;
  size_t count, room;
} list;

static list files, outputs;
static size_t learnt_from;
static char *asked;
static size_t asked_length, asked_room;
static const char *folder, *place;
/// The spec that is parsed, and how much of it librpm is shown.
static const char *spec;
static size_t spec_shown;
static size_t folder_length;

static void *need(void *memory) {
  if (!memory) _exit(70);
  return memory;
}

static char *copy(const char *bytes, size_t length) {
  char *made = need(malloc(length + 1));
  memcpy(made, bytes, length);
  made[length] = 0;
  return made;
}

static void add(list *to, char *key, size_t key_length, char *value, size_t value_length) {
  if (to->count == to->room) {
    to->room = to->room ? to->room * 2 : 64;
    to->pairs = need(realloc(to->pairs, to->room * sizeof(pair)));
  }
  to->pairs[to->count++] = (pair){key, key_length, value, value_length};
}

// A few hundred entries of mostly different lengths: a walk costs less than a hash of the text.
static const pair *find(const list *in, const char *key, size_t length) {
  for (size_t i = 0; i < in->count; i++) {
    const pair *candidate = &in->pairs[i];
    if (candidate->key_length == length && memcmp(candidate->key, key, length) == 0) return candidate;
  }
  return NULL;
}

// ---- streams over bytes in memory; fmemopen would end at a NUL

typedef struct {
  const char *bytes;
  size_t length, offset;
} position;

static ssize_t read_bytes(void *cookie, char *buffer, size_t size) {
  position *at = cookie;
  size_t left = at->length - at->offset;
  if (size > left) size = left;
  memcpy(buffer, at->bytes + at->offset, size);
  at->offset += size;
  return (ssize_t)size;
}

static int seek_bytes(void *cookie, off64_t *offset, int whence) {
  position *at = cookie;
  int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)at->offset : (int64_t)at->length;
  int64_t target = base + *offset;
  if (target < 0 || target > (int64_t)at->length) return -1;
  at->offset = (size_t)target;
  *offset = target;
  return 0;
}

static int close_bytes(void *cookie) {
  free(cookie);
  return 0;
}

static FILE *stream(const char *bytes, size_t length) {
  position *at = need(malloc(sizeof *at));
  *at = (position){bytes, length, 0};
  cookie_io_functions_t calls = {.read = read_bytes, .seek = seek_bytes, .close = close_bytes};
  FILE *made = fopencookie(at, "r", calls);
  if (!made) free(at);
  return made;
}

static char *read_all(int descriptor, size_t *length) {
  size_t room = 1 << 14, count = 0;
  struct stat facts;
  if (fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode)) room = (size_t)facts.st_size + 1;
  char *bytes = need(malloc(room));
  for (;;) {
    if (count == room) bytes = need(realloc(bytes, room *= 2));
    ssize_t got = read(descriptor, bytes + count, room - count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    count += (size_t)got;
  }
  *length = count;
  return bytes;
}

// ---- libc's own

typedef FILE *opener(const char *, const char *);
typedef int closer(FILE *);

static opener *libc_popen(void) {
  static opener *found;
  if (!found) found = (opener *)dlsym(RTLD_NEXT, "popen");
  return found;
}

static closer *libc_pclose(void) {
  static closer *found;
  if (!found) found = (closer *)dlsym(RTLD_NEXT, "pclose");
  return found;
}

// ---- files

/// Lua and others read a spec whole.
static bool is_parser(const void *caller) {
  Dl_info facts;
  return dladdr(caller, &facts) && facts.dli_fname && strstr(facts.dli_fname, "/librpmbuild.so");
}

static FILE *open_file(opener *original, const char *path, const char *mode, const void *caller) {
  if (!folder || strncmp(path, folder, folder_length) != 0 || mode[0] != 'r' || strchr(mode, '+'))
    return original(path, mode);
  size_t length = strlen(path);
  const pair *known = find(&files, path, length);
  if (!known) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return NULL;
    struct stat facts;
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      close(descriptor);
      return original(path, mode);
    }
    size_t size;
    char *bytes = read_all(descriptor, &size);
    close(descriptor);
    add(&files, copy(path, length), length, bytes, size);
    known = &files.pairs[files.count - 1];
  }
  if (!spec || strcmp(path, spec) != 0 || !is_parser(caller)) return stream(known->value, known->value_length);
  spec_shown = without_changelog(known->value, known->value_length);
  return stream(known->value, spec_shown);
}

FILE *fopen(const char *path, const char *mode) {
  static opener *original;
  if (!original) original = (opener *)dlsym(RTLD_NEXT, "fopen");
  return open_file(original, path, mode, __builtin_return_address(0));
}

FILE *fopen64(const char *path, const char *mode) {
  static opener *original;
  if (!original) original = (opener *)dlsym(RTLD_NEXT, "fopen64");
  return open_file(original, path, mode, __builtin_return_address(0));
}

// ---- commands

// A command's output is remembered where the command sees the same each time. All workers of a pool have the same
// read-only root, environment, working folder, host name and clock (Sources/Specs/WorkerSandbox.swift), so what is
// left is: folders for temporary files, which only commands that name them use; the tree, which a command can reach
// only by its name because the folder above cannot be listed, and which one parse reads as it is at one time; what Lua
// in a spec changed in this process; and the following, which differ from run to run.
static const char *const changing[] = {
  "$$", "$!", "PPID", "RANDOM", "SECONDS", "EPOCH", "BASHPID", "/proc", "/sys/", "/dev/", "mktemp",
  "/tmp", "TMP", "uuid", "times", "%N", NULL,
};

extern char **environ;
static uint64_t first_digest;

// Whatever its order: librpm takes TZ out and puts it back while it reads a changelog.
static uint64_t environment_digest(void) {
  uint64_t sum = 0;
  for (char **entry = environ; entry && *entry; entry++) {
    uint64_t digest = 1469598103934665603u;
    for (const char *byte = *entry; *byte; byte++) digest = (digest ^ (unsigned char)*byte) * 1099511628211u;
    sum += digest;
  }
  return sum;
}

// How long what a command printed holds.
typedef enum { once, in_this_parse, always } validity;

static validity holds(const char *command) {
  for (size_t i = 0; changing[i]; i++) {
    const char *hit = strstr(command, changing[i]);
    // where output goes does not change it
    while (hit && strncmp(hit, "/dev/null", 9) == 0) hit = strstr(hit + 9, changing[i]);
    if (hit) return once;
  }
  char here[8];
  if (!getcwd(here, sizeof here) || strcmp(here, "/") != 0 || environment_digest() != first_digest) return once;
  return strstr(command, folder) || strstr(command, place) ? in_this_parse : always;
}

static void ask(const char *command, size_t length) {
  if (asked_length + length + 1 > asked_room) {
    asked_room = (asked_length + length + 1) * 2;
    asked = need(realloc(asked, asked_room));
  }
  memcpy(asked + asked_length, command, length + 1);
  asked_length += length + 1;
}

// Streams that this file made; librpm closes one before it opens the next, except in a command inside a command.
static FILE *opened[16];

FILE *popen(const char *command, const char *mode) {
  if (!folder || mode[0] != 'r') return libc_popen()(command, mode);
  size_t slot = 0;
  while (slot < 16 && opened[slot]) slot++;
  if (slot == 16) return libc_popen()(command, mode);
  size_t length = strlen(command);
  ask(command, length);
  // a parse has a process of its own, which ends with it
  static list once_only, of_this_parse;
  validity held = holds(command);
  list *memory = held == always ? &outputs : held == in_this_parse ? &of_this_parse : &once_only;
  const pair *known = held == once ? NULL : find(memory, command, length);
  if (!known) {
    // the status is not kept: librpm throws it away
    FILE *shell = libc_popen()(command, "re");
    if (!shell) return NULL;
    size_t size;
    char *bytes = read_all(fileno(shell), &size);
    libc_pclose()(shell);
    add(memory, copy(command, length), length, bytes, size);
    known = &memory->pairs[memory->count - 1];
  }
  return opened[slot] = stream(known->value, known->value_length);
}

int pclose(FILE *file) {
  for (size_t slot = 0; slot < 16; slot++)
    if (file && opened[slot] == file) {
      opened[slot] = NULL;
      return fclose(file);
    }
  return libc_pclose()(file);
}

// ---- what was seen

void reads_watch(const char *tree, const char *elsewhere) {
  folder = copy(tree, strlen(tree));
  folder_length = strlen(folder);
  place = copy(elsewhere, strlen(elsewhere));
  first_digest = environment_digest();
}

void reads_spec(const char *path) {
  spec = copy(path, strlen(path));
  spec_shown = 0;
}

void reads_warm(void) {
  libc_popen();
  libc_pclose();
  fclose(fopen("/dev/null", "r"));
  // children only grow: what they give back to the system they ask for again
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 1 << 18);
  // librpm asks for both in each parse
  tzset();
  iconv_t same = iconv_open("utf-8", "utf-8");
  if (same != (iconv_t)-1) iconv_close(same);
}

static reads_text key(const list *of, size_t index) {
  return (reads_text){of->pairs[index].key, of->pairs[index].key_length};
}
static reads_text value(const list *of, size_t index) {
  return (reads_text){of->pairs[index].value, of->pairs[index].value_length};
}

size_t reads_file_count(void) { return files.count; }
reads_text reads_file_path(size_t index) { return key(&files, index); }
reads_text reads_file_content(size_t index) {
  reads_text content = value(&files, index);
  if (spec_shown && strcmp(files.pairs[index].key, spec) == 0) content.length = spec_shown;
  return content;
}

void reads_remember(reads_text command, reads_text output) {
  if (find(&outputs, command.bytes, command.length)) return;
  add(&outputs, copy(command.bytes, command.length), command.length, copy(output.bytes, output.length), output.length);
}

size_t reads_learnt_count(void) { return outputs.count - learnt_from; }
reads_text reads_learnt_command(size_t index) { return key(&outputs, learnt_from + index); }
reads_text reads_learnt_output(size_t index) { return value(&outputs, learnt_from + index); }
void reads_forget_learnt(void) { learnt_from = outputs.count; }

reads_text reads_asked(void) { return (reads_text){asked, asked_length}; }

static bool has(const char *bytes, size_t length, const char *words) {
  return bytes && memmem(bytes, length, words, strlen(words));
}

bool reads_is_asked_for(const char *words) { return has(asked, asked_length, words); }

bool reads_is_in_file(const char *words) {
  for (size_t i = 0; i < files.count; i++)
    if (has(files.pairs[i].value, files.pairs[i].value_length, words)) return true;
  return false;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *depth) {
  (void)facts;
  (void)kind;
  if (depth->level > 0) remove(path);
  return 0;
}

void reads_empty(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) return;
  size_t count = 0;
  while (readdir(directory)) count++;
  closedir(directory);
  if (count > 2) nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
