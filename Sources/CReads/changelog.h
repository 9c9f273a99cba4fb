#ifndef CREADS_CHANGELOG_H
#define CREADS_CHANGELOG_H
#include <stddef.h>

/// Length of a spec's text without the entries of its changelog; all of it unless they are at its end and librpm is
/// certain to accept them.
size_t without_changelog(const char *text, size_t length);

#endif
