#include <git2.h>

/// git_libgit2_opts is variadic.
static inline int git_libgit2_opts_owner_validation_off(void) {
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}
