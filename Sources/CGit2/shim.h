#include <git2.h>

// git_libgit2_opts is variadic, which Swift cannot call.

/// Ownership of the repository's folder is not asked about: libgit2 runs no hooks and no configured programs,
/// so reading another user's checkout (a container, sudo) is safe.
static inline int cgit2_allow_any_owner(void) {
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

/// A folder of fifteen hundred package directories is a tree object of 60 kB: kept, or it is unpacked for every question.
static inline int cgit2_keep_large_trees(void) {
  return git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, (size_t)1 << 20);
}

/// As much of the packs of a long history is mapped at a time; the kernel has the rest.
static inline int cgit2_map_little(void) {
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)1 << 20);
  return git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)8 << 20);
}

/// Accepts sparse and partial clones: their extensions concern what libgit2 does not do.
static inline int cgit2_accept_clone_extensions(void) {
  const char *names[] = {"worktreeconfig", "partialclone", "preciousobjects"};
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, sizeof names / sizeof *names);
}
