#define _GNU_SOURCE
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
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

static int forget_code(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || part->p_flags != (PF_R | PF_X)) continue;
    uintptr_t start = (object->dlpi_addr + part->p_vaddr + page - 1) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_memsz) & ~(page - 1);
    // never written, so the file has them: the kernel reads them again when they are called
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void clinux_forget_code_pages(void) { dl_iterate_phdr(forget_code, NULL); }

int clinux_copy_data(int from, int to, off_t offset) {
  off_t start = 0;
  while ((start = lseek(from, start, SEEK_DATA)) >= 0) {
    off_t end = lseek(from, start, SEEK_HOLE);
    if (end < 0) return -1;
    off_t target = start + offset;
    while (start < end) {
      ssize_t count = copy_file_range(from, &start, to, &target, (size_t)(end - start), 0);
      if (count < 0) return -1;
      if (count == 0) {
        errno = EIO;
        return -1;
      }
    }
  }
  // past the last byte that is no hole
  return errno == ENXIO ? 0 : -1;
}

ssize_t clinux_find(const void *text, size_t length, const void *word, size_t word_length) {
  const char *place = memmem(text, length, word, word_length);
  return place ? place - (const char *)text : -1;
}
